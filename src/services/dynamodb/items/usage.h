// Usage: how many items, of how many bytes, a partition of a table holds, and its indexes for those items.
// Kept in one row beside the items, changed in the transaction of each write; the sum over the partitions is
// the table's ItemCount and TableSizeBytes. Thread rule: plain values.
#pragma once

#include <map>

#include "services/dynamodb/keys.h"
#include "store/db.h"

namespace haneul::dynamodb {

struct Amount {
  int64_t items = 0;
  int64_t bytes = 0;
  void add(const Amount& other) { items += other.items, bytes += other.bytes; }
};

class Usage {
 public:
  static Usage read(store::Reader& reader, const Table& table, size_t partition);
  static Usage total(store::Reader& reader, const Table& table);
  void store(store::Tx& tx, const Table& table, size_t partition) const;

  Amount& of_table() { return amounts_[0]; }
  Amount& of_index(const Index& index) { return amounts_[index.number]; }
  Amount sum() const;  // of the table and its indexes

 private:
  std::map<uint64_t, Amount> amounts_;  // by the index's number; 0: the table
};

}  // namespace haneul::dynamodb
