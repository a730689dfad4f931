// Whether attributes fit the keys of a table and its indexes; refused with DynamoDB's sentences otherwise.
// Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "services/dynamodb/tables/table.h"

namespace haneul::dynamodb {

// "Item size has exceeded the maximum allowed size".
void require_item_size(const Attributes& item);
// Of a whole item that is written: keys of the table, and of each index whose key attributes it has; its
// size.
void require_item(const Table& table, const Attributes& item);
// Of a value of a key: "The AttributeValue for a key attribute cannot contain an empty string value".
void require_not_empty(const std::string& name, const Value& value);
// Exactly the key attributes, of their types: "The provided key element does not match the schema".
void require_key(const Table& table, const Attributes& key);
// The key attributes of indexes, of an item that is written whole or after an update. Of several indexes that
// the item does not suit the first by name is told.
// An update inside a transaction is told of types as an item is, and of the rest as an update.
enum class WrittenBy : uint8_t { kItem, kUpdateExpression, kTransactedUpdate };
struct IndexedItem {
  const Attributes& item;
  const Attributes* before = nullptr;  // what is as it was is not looked at again
  WrittenBy by = WrittenBy::kItem;
};
void require_index_keys(const Table& table, const IndexedItem& written);
// Whether the item has an entry in the index: it may have been there before the index, with any value.
bool suits(const Table& table, const Index& index, const Attributes& item);

// Refuses paths into key attributes, which are scalars.
void require_not_entered(const KeySchema& keys, const std::set<std::string>& entered);
// The same of the keys of the table and of all its indexes.
void require_not_entered(const Table& table, const std::set<std::string>& entered);

// Where a page goes on: exactly the key attributes of the table and the index, of their types.
void require_start_key(const Table& table, const Index* index, const Attributes& start);

// The table's key attributes of an item.
Attributes key_of(const KeySchema& keys, const Attributes& item);

}  // namespace haneul::dynamodb
