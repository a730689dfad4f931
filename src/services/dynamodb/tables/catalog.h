// Catalog: finds tables by name, and keeps writers of items in step with changes of their table.
//
// A table's row is in the catalog's scope; a small row in each of its 64 partitions holds its revision. A
// write reads only the row of its own partition: when the revision is another one than that of the Table it
// was prepared with, it throws TableMoved and is prepared anew. So writes of one table share no row.
//
// Invariant: the revision in every partition of a table is that of its row. Thread rule: any thread.
#pragma once

#include <memory>
#include <shared_mutex>
#include <string>
#include <unordered_map>

#include "services/dynamodb/keys.h"
#include "services/dynamodb/tables/table.h"
#include "store/db.h"

namespace haneul::dynamodb {

using TablePtr = std::shared_ptr<const Table>;

struct TableMoved {};  // thrown by require_current(), caught by with_table()

class Catalog {
 public:
  explicit Catalog(store::Db& db) : db_(db) {}

  TablePtr find(store::Reader& reader, const TableName& where);  // null: no such table
  TablePtr find(store::ReadTx& tx, const TableName& where);
  // "Requested resource not found", as well when it is still being filled.
  template <class Reader>
  TablePtr require(Reader& reader, const TableName& where) {
    return require_found(find(reader, where));
  }
  TablePtr require(const TableName& where) {
    return db_.read([&](store::ReadTx& tx) { return require(tx, where); });
  }

  void require_room(store::Tx& tx, const TableName& where) const;  // for one more table
  // Stores a new or changed table; a change gets a new revision.
  void save(store::Tx& tx, Table& table);
  void erase(store::Tx& tx, const Table& table);  // the table with its items, entries and usage
  // The table without its items: they stay, with their undo rows, for who still copies them.
  void erase_all_but_items(store::Tx& tx, const Table& table);
  void erase_items(store::Tx& tx, const Table& table);
  void erase_undo(store::Tx& tx, const Table& table);
  void erase_entries(store::Tx& tx, const Table& table, const Index& index);

  bool is_current(store::Reader& reader, const Table& table, size_t partition) const;
  void require_current(store::Tx& tx, const Table& table, size_t partition) const {
    if (!is_current(tx, table, partition)) throw TableMoved{};
  }

  // Runs the body with the table; again with its newest state when the body found it moved.
  template <class Body>
  auto with_table(const TableName& where, Body&& body) {
    TablePtr table = require(where);
    while (true) {
      try {
        return body(*table);
      } catch (const TableMoved&) {
        table = newest(where);
      }
    }
  }
  TablePtr newest(const TableName& where);  // ordered, maybe not durable yet
  TablePtr newest_or_null(const TableName& where);

 private:
  struct Held {
    std::string bytes;
    TablePtr table;
    uint64_t seen_at = 0;  // the newest durable state known to hold these bytes; 0: none
  };
  static TablePtr require_found(TablePtr table);
  TablePtr hold(std::string key, std::string bytes, const TableName& where, uint64_t seen_at);

  store::Db& db_;
  std::shared_mutex mutex_;
  // By the key of the row: decoded as long as the bytes are the same, and not read again in the same state.
  std::unordered_map<std::string, Held> held_;
};

}  // namespace haneul::dynamodb
