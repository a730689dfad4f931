// What PutItem, UpdateItem, DeleteItem and the parts of a transaction ask, turned into an ItemChange: either
// with expressions or with the parameters from before them. Thread rule: one request's thread.
#pragma once

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

// Refuses a mix: "Can not use both expression and non-expression parameters in the same request: ...".
struct ParameterNames {
  std::vector<std::pair<const char*, bool>> expressions;  // with whether they are given
  std::vector<std::pair<const char*, bool>> others;
};
void require_one_style(const ParameterNames& names);

// ConditionalCheckFailedException, with the item when the request wants it.
[[noreturn]] void fail_condition(const ConditionFailed& failed, const std::optional<std::string>& wish);

}  // namespace haneul::dynamodb
