// Undo rows: what items were before they changed, while someone may want to look back (point-in-time
// recovery, or a backup that is being taken). A table that keeps no undo costs its writers nothing.
//
// Each change has a time: the clock's, but not before any other change of its partition or of another
// partition that its transaction touches, and after the newest moment that is being read (Table::cut). So
// the changes up to a time T are closed under "was seen by": undoing all later ones gives a state in which
// every transaction is whole and has seen what it saw. Thread rule: one transaction's thread.
#pragma once

#include <optional>

#include "services/dynamodb/keys.h"
#include "store/db.h"

namespace haneul::dynamodb {

// The time of a change in this partition that is not before `now`; `now` itself when no undo is kept.
Timestamp undo_time(store::Reader& reader, const Table& table, size_t partition, Timestamp now);

// Of the newest change that the partition keeps undo of; the beginning of time when it keeps none.
Timestamp newest_undo(store::Reader& reader, const Table& table, size_t partition);

struct Undo {
  const std::optional<Attributes>& before;
  Timestamp now;
};
void keep_undo(store::Tx& tx, const Table& table, const ItemKey& key, const Undo& undo);

}  // namespace haneul::dynamodb
