// The key space of durable executions; with keys.h of the service the only file that knows keys.
//
//   scope (account, region, lambda, "durable/ID"); keys begin with ("lambda", account, region):
//     ("durable", id)                       the execution
//     ("durable-op", id, number)            an operation, numbered in the order of their starts
//     ("durable-op-at", id, operation id)   its number
//     ("durable-event", id, number)         an event of the history
//     ("durable-data", id, "input"|"result")
//   scope (account, region, lambda, "durable-of/FUNCTION"); "born" tells a function from an earlier one of
//   the same name; keys begin with ("lambda", account, region):
//     ("durable-list", function, born, started at, id)   for lists
//     ("durable-name", function, born, name)             which execution has the name
#pragma once

#include "base/clock.h"
#include "services/lambda/names.h"
#include "store/key.h"

namespace haneul::lambda::keys {

store::Scope durable_scope(const Place& place, std::string_view id);
store::Key durable(const Place& place, std::string_view id);
store::Key durable_op(const Place& place, std::string_view id, int64_t number);
store::KeyRange durable_ops(const Place& place, std::string_view id);
store::Key durable_op_at(const Place& place, std::string_view id, std::string_view operation);
store::KeyRange durable_ops_at(const Place& place, std::string_view id);
store::Key durable_event(const Place& place, std::string_view id, int64_t number);
store::KeyRange durable_events(const Place& place, std::string_view id);
store::Key durable_data(const Place& place, std::string_view id, std::string_view what);
store::KeyRange durable_data_all(const Place& place, std::string_view id);

struct FunctionLife {  // one function, from its creation to its deletion
  Place place;
  std::string name, born;
};
store::Scope durable_of_scope(const FunctionLife& function);
store::Key durable_list(const FunctionLife& function, Timestamp started_at, std::string_view id);
store::KeyRange durable_lists(const FunctionLife& function);
store::Key durable_name(const FunctionLife& function, std::string_view name);

// What a key of durable_lists() says.
std::string listed_id(std::string_view key);
Timestamp listed_start(std::string_view key);

}  // namespace haneul::lambda::keys
