#include "services/dynamodb/expression/functions.h"

#include <algorithm>
#include <array>

namespace haneul::dynamodb {
namespace {

using Place = Function::Place;

constexpr std::array<Function, 8> kFunctions = {{
    {.name = "attribute_exists",
     .id = FunctionId::kAttributeExists,
     .place = Place::kCondition,
     .operands = 1},
    {.name = "attribute_not_exists",
     .id = FunctionId::kAttributeNotExists,
     .place = Place::kCondition,
     .operands = 1},
    {.name = "attribute_type", .id = FunctionId::kAttributeType, .place = Place::kCondition, .operands = 2},
    {.name = "begins_with", .id = FunctionId::kBeginsWith, .place = Place::kCondition, .operands = 2},
    {.name = "contains", .id = FunctionId::kContains, .place = Place::kCondition, .operands = 2},
    {.name = "size", .id = FunctionId::kSize, .place = Place::kOperand, .operands = 1},
    {.name = "if_not_exists", .id = FunctionId::kIfNotExists, .place = Place::kUpdate, .operands = 2},
    {.name = "list_append", .id = FunctionId::kListAppend, .place = Place::kUpdate, .operands = 2},
}};

}  // namespace

const Function* find_function(std::string_view name) {
  const auto* at = std::ranges::find(kFunctions, name, &Function::name);
  return at == kFunctions.end() ? nullptr : at;
}

}  // namespace haneul::dynamodb
