// Past: a table as it was at a moment, page by page, from its items and the undo rows of what came after.
//
// Pages may be read from different snapshots: what is written after the moment leaves undo rows, so each page
// is of that moment whenever it is read. The table must keep undo since then (copying.h). Thread rule: one
// thread for one page.
#pragma once

#include <optional>
#include <vector>

#include "base/document.h"
#include "services/dynamodb/keys.h"
#include "store/db.h"

namespace haneul::dynamodb {

struct PastPlace {  // where a walk over a table is
  size_t partition = 0;
  std::optional<ItemKey> after;  // of the partition, the last key that is done
  bool at_end() const { return partition == kPartitions; }
};

struct PastPage {
  std::vector<Attributes> items;  // of one partition, in key order
  PastPlace next;
};
PastPage read_past(store::Reader& reader, const Table& table, const PastPlace& from, Timestamp at);

// An item that changed in (from, to]: as it was at both moments. Absent at both: it came and went.
struct PastChange {
  Attributes keys;
  std::optional<Attributes> before, after;
  Timestamp at;  // of the last change in the period
};
struct PastChanges {
  std::vector<PastChange> changes;
  PastPlace next;
};
struct PastPeriod {
  Timestamp from, to;
};
PastChanges read_past_changes(store::Reader& reader, const Table& table, const PastPlace& from,
                              const PastPeriod& period);

// For payloads of jobs, which have no times.
Document document_of(Timestamp at);
Timestamp moment_in(const Document& payload);
Document document_of(const PastPlace& place);
PastPlace past_place_of(const Document& payload);

}  // namespace haneul::dynamodb
