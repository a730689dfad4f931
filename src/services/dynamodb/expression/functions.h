// The functions of expressions, and the limits that all expressions share.
// Source: "Comparison operator and function reference", "Quotas in Amazon DynamoDB", expression parameters.
// Thread rule: constants.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace haneul::dynamodb {

inline constexpr size_t kOperatorsMax = 300;
inline constexpr size_t kInOperandsMax = 100;
inline constexpr size_t kPathDepthMax = 32;

enum class FunctionId : uint8_t {
  kAttributeExists,
  kAttributeNotExists,
  kAttributeType,
  kBeginsWith,
  kContains,
  kSize,
  kIfNotExists,
  kListAppend,
};

struct Function {
  enum class Place : uint8_t { kCondition, kOperand, kUpdate };
  std::string_view name;
  FunctionId id;
  Place place;
  size_t operands;
};

const Function* find_function(std::string_view name);  // null when there is none of this name

}  // namespace haneul::dynamodb
