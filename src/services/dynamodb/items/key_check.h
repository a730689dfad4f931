// Whether attributes fit the keys of a table and its indexes; refused with DynamoDB's sentences otherwise.
// Thread rule: pure functions.
#pragma once

#include <set>
#include <string>

#include "services/dynamodb/tables/table.h"

namespace haneul::dynamodb {

// Of a whole item that is written: keys of the table, and of each index whose key attributes it has; its size
// and depth.
void require_item(const Table& table, const Attributes& item);
// Exactly the key attributes, of their types: "The provided key element does not match the schema".
void require_key(const Table& table, const Attributes& key);
// The key attributes of an index after an update.
void require_index_keys(const Table& table, const Attributes& item);

// Refuses paths into key attributes, which are scalars.
void require_not_entered(const KeySchema& keys, const std::set<std::string>& entered);

// Where a page goes on: exactly the key attributes of the table and the index, of their types.
void require_start_key(const Table& table, const Index* index, const Attributes& start);

// The table's key attributes of an item.
Attributes key_of(const KeySchema& keys, const Attributes& item);

}  // namespace haneul::dynamodb
