// ItemWriter: reads and replaces items of one table inside a transaction, with everything that follows from a
// change: index entries, usage, the stream's record.
//
// Invariant: an index holds exactly one entry for each item that has all its key attributes, with the
// projected attributes of the item as it is. Thread rule: one transaction's thread.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "services/dynamodb/items/change.h"
#include "services/dynamodb/items/usage.h"
#include "services/dynamodb/keys.h"
#include "services/dynamodb/streams/change_log.h"
#include "services/dynamodb/tables/catalog.h"
#include "store/db.h"

namespace haneul::dynamodb {

// An item's entry in an index: nothing when the item lacks a key attribute of it.
struct IndexEntry {
  ItemKey key;
  Attributes held;
};
std::optional<IndexEntry> entry_of(const Table& table, const Index& index, const Attributes& item);

// What a write used: bytes before and after, and in each index the units of writing.
struct WriteCost {
  double table_units = 0;
  std::map<std::string, double> index_units;  // only of indexes that were written
};

class Throttle;

struct WriteContext {
  const Catalog& catalog;
  ChangeLog& changes;
  Author author;
  Throttle* throttle = nullptr;  // null: nothing is throttled
  double charge_factor = 1;      // what a unit costs: twice as much in a transaction
};

class ItemWriter {
 public:
  // Throws TableMoved when the table is not as the transaction's state has it.
  ItemWriter(store::Tx& tx, const WriteContext& context, const Table& table)
      : tx_(tx), context_(context), table_(table) {}

  std::optional<Attributes> read(const ItemKey& key);
  // Stores `after`, or removes the item when it is empty; `before` is what read() gave.
  WriteCost replace(const ItemKey& key, const Change& change);
  // Refuses when the table's capacity is used up; charges what the write used, when it is committed, and a
  // condition that failed at once. Nothing without a throttle.
  void admit() const;
  void charge(const WriteCost& cost);
  void charge_failure(const std::optional<Attributes>& item) const;
  // Adds the entry of an item that was there before the index was made.
  void backfill(const Index& index, const ItemKey& key, const Attributes& item);

 private:
  double change_index(const Index& index, const ItemKey& key, const Change& change, Amount& amount);
  store::Tx& tx_;
  const WriteContext& context_;
  const Table& table_;
};

// Where a write of this item must begin its transaction.
store::Scope write_scope(const Table& table, const ItemKey& key);

}  // namespace haneul::dynamodb
