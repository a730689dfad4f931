// How UpdateItem measures an update expression. Besides the item it looks at what is written to it: the
// attributes of SET and ADD, names and values, and an amount for each action. So the key, and what the
// expression leaves alone, are not counted, and an item with a short key ends a few bytes below 400 KB.
// Source: measured against the service; its documentation does not tell it.
#include <algorithm>
#include <set>

#include "services/dynamodb/expression/modification.h"
#include "services/dynamodb/expression/modification_plan.h"

namespace haneul::dynamodb {
namespace {

constexpr size_t kUpdateBytes = 3;
constexpr size_t kWriteBytes = 19;   // SET, ADD
constexpr size_t kTakeBytes = 2;     // REMOVE, DELETE
constexpr size_t kElementBytes = 1;  // besides, when what is written is an element of a list

bool writes(const UpdateAction& action) {
  return action.kind == UpdateAction::Kind::kSet || action.kind == UpdateAction::Kind::kAdd;
}

size_t cost_of(const UpdateAction& action) {
  if (!writes(action)) return kTakeBytes;
  const auto& rest = action.path.rest;
  const bool of_list = !rest.empty() && std::holds_alternative<size_t>(rest.back());
  return kWriteBytes + (of_list ? kElementBytes : 0);
}

}  // namespace

size_t Modification::size_of_writes(const Attributes& item) const {
  if (plan_ == nullptr || is_legacy()) return 0;
  size_t bytes = kUpdateBytes;
  std::set<std::string_view> written;
  for (const UpdateAction& action : plan_->actions) {
    bytes += cost_of(action);
    if (writes(action)) written.insert(action.path.root);
  }
  for (const std::string_view name : written) {
    const Value* value = item.find(name);
    if (value != nullptr) bytes += name.size() + size_of(*value);
  }
  return bytes;
}

}  // namespace haneul::dynamodb
