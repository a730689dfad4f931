// TableDescription: how a table is told to clients. Thread rule: pure functions.
#pragma once

#include <string>

#include "gen/dynamodb/types.h"
#include "services/dynamodb/items/usage.h"
#include "services/dynamodb/tables/table.h"

namespace haneul::dynamodb {

// `status` of the table itself: ACTIVE, or what an operation has just begun.
TableDescription describe(const Table& table, Usage usage, std::string_view status);
std::vector<KeySchemaElement> key_schema_of(const KeySchema& keys);
std::string stream_arn(const Table& table, std::string_view label);

}  // namespace haneul::dynamodb
