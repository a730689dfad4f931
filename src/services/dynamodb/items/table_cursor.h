// TableCursor: how far a job has walked the items of a table, partition by partition, as the job's own row
// keeps it. Thread rule: plain values.
#pragma once

#include <string>
#include <vector>

#include "base/document.h"
#include "services/dynamodb/keys.h"
#include "services/dynamodb/tables/table.h"
#include "store/tx.h"

namespace haneul::dynamodb {

struct TableCursor {
  TableName where;
  size_t partition = 0;
  std::string after = {};  // the last row of the partition that is done; empty: none

  bool is_done() const { return partition == kPartitions; }
};

// The members of a job's payload; jobs have more of their own beside them.
Document cursor_document(const TableCursor& cursor);
TableCursor cursor_of(const Document& payload);

// The next items, so many at most, and the cursor behind them.
struct WalkStep {
  std::vector<store::Entry> items;
  TableCursor next;
};
WalkStep walk_step(store::Reader& reader, const Table& table, const TableCursor& cursor, size_t limit);

}  // namespace haneul::dynamodb
