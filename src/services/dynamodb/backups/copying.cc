#include "services/dynamodb/backups/copying.h"

#include <algorithm>

#include "services/dynamodb/items/undo.h"

namespace haneul::dynamodb {

Timestamp newest_moment(store::Reader& reader, const Table& table, Timestamp now) {
  for (size_t partition = 0; partition < kPartitions; ++partition) {
    now = std::max(now, newest_undo(reader, table, partition));
  }
  return now;
}

void begin_copy(store::Tx& tx, Catalog& catalog, Table& table, const std::string& copy, Timestamp at) {
  table.copies.insert(copy);
  table.cut = std::max(table.cut, at);
  catalog.save(tx, table);
}

void end_copy(store::Tx& tx, Catalog& catalog, const Table& table, const std::string& copy) {
  const TablePtr found = catalog.find(tx, table.where);
  if (found == nullptr || found->number != table.number) return;
  Table kept = *found;
  kept.copies.erase(copy);
  if (!kept.keeps_undo()) catalog.erase_undo(tx, kept);
  catalog.save(tx, kept);
}

}  // namespace haneul::dynamodb
