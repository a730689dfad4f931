// TableDescription: how a table is told to clients. Thread rule: pure functions.
#pragma once

#include <string>

#include "gen/dynamodb/types.h"
#include "services/dynamodb/items/usage.h"
#include "services/dynamodb/tables/table.h"

namespace haneul::dynamodb {

// `status` of the table itself: ACTIVE, or what an operation has just begun.
TableDescription describe(const Table& table, Usage usage, std::string_view status);
// Refuses changes of the table itself while it is being made, changed or copied.
void require_at_rest(const Table& table);
std::string_view status_of(const Table& table);  // when nothing has just begun
std::vector<KeySchemaElement> key_schema_of(const KeySchema& keys);
std::string stream_arn(const Table& table, std::string_view label);

}  // namespace haneul::dynamodb
