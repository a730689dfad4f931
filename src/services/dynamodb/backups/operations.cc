#include "services/dynamodb/backups/operations.h"

#include "gen/dynamodb/errors.h"
#include "services/dynamodb/backups/saving.h"
#include "services/dynamodb/backups/trim.h"
#include "services/dynamodb/tables/new_table.h"

namespace haneul::dynamodb {

Backups::Backups(const Parts& parts) : parts_(parts) {
  register_saving(parts_.jobs, parts_.db, parts_.catalog, parts_.clock);
  register_restoring(parts_.jobs, parts_.db, parts_.catalog, parts_.changes, parts_.clock);
  register_undo_trim(parts_.jobs, parts_.db, parts_.catalog, parts_.clock);
}

void Backups::register_operations(platform::OperationTable& table) {
  register_on_demand(table);
  register_recovery(table);
  register_restores(table);
}

TablePtr Backups::require_table(store::Reader& reader, const TableName& where) {
  TablePtr table = parts_.catalog.find(reader, where);
  if (table == nullptr) throw TableNotFoundException("Table not found: " + where.name);
  return table;
}

uint64_t Backups::draw_number() { return dynamodb::draw_number(parts_.random); }

}  // namespace haneul::dynamodb
