// What PutItem, UpdateItem, DeleteItem and the parts of a transaction ask, turned into an ItemChange: either
// with expressions or with the parameters from before them. Thread rule: one request's thread.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "gen/dynamodb/errors.h"
#include "gen/dynamodb/types.h"
#include "services/dynamodb/items/item_change.h"

namespace haneul::dynamodb {

ItemChange change_of(const PutItemInput& input);
ItemChange change_of(const UpdateItemInput& input);
ItemChange change_of(const DeleteItemInput& input);
ItemChange change_of(const Put& input);
ItemChange change_of(const Update& input);
ItemChange change_of(const Delete& input);
ItemChange change_of(const ConditionCheck& input);

// Refuses a mix: "Can not use both expression and non-expression parameters in the same request: ...", and
// then placeholders that no expression of the request could use: "ExpressionAttributeNames can only be
// specified when using expressions", "ExpressionAttributeValues can only be specified when using expressions:
// FilterExpression is null". What is null is not told by all operations.
struct ParameterNames {
  enum class Absent : uint8_t { kTold, kUntold };
  std::vector<std::pair<const char*, bool>> expressions;  // with whether they are given
  std::vector<std::pair<const char*, bool>> others;
  Absent absent = Absent::kTold;
};
enum class Placeholding : uint8_t { kNothing, kNames, kValues, kBoth };
void require_style(const ParameterNames& names, Placeholding given);
template <class Input>
Placeholding placeholding_of(const Input& input) {
  const int names = input.expression_attribute_names ? 1 : 0;
  if constexpr (requires { input.expression_attribute_values; }) {
    return static_cast<Placeholding>(names + (input.expression_attribute_values ? 2 : 0));
  }
  return static_cast<Placeholding>(names);
}

// ConditionalCheckFailedException, with the item when the request wants it.
[[noreturn]] void fail_condition(const ConditionFailed& failed, const std::optional<std::string>& wish);

}  // namespace haneul::dynamodb
