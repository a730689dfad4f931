// Restoring: the job that fills a table from a backup, or from a table as it was at a moment. The table is of
// no use until it is filled; then the source is let go. Every step can be repeated.
//
// Thread rule: begin_restore() in the transaction that makes the target.
#pragma once

#include <variant>

#include "platform/jobs.h"
#include "services/dynamodb/backups/backup.h"
#include "services/dynamodb/items/item_writer.h"
#include "services/dynamodb/tables/catalog.h"

namespace haneul::dynamodb {

struct FromTable {  // held by begin_copy() with the target's id
  Table table;
  Timestamp at;
};
struct FromBackup {  // which has the target's id among its readers
  BackupName backup;
};
using RestoreSource = std::variant<FromTable, FromBackup>;

void begin_restore(store::Tx& tx, platform::Jobs& jobs, const Table& target, const RestoreSource& source);
void register_restoring(platform::Jobs& jobs, store::Db& db, Catalog& catalog, ChangeLog& changes,
                        const Clock& clock);

// Puts items of one partition into a table that is being filled: in the transaction of that partition's
// scope.
void fill(store::Tx& tx, const WriteContext& context, const Table& target,
          const std::vector<Attributes>& items);

}  // namespace haneul::dynamodb
