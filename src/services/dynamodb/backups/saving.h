// Saving: the jobs that fill a backup from its table, and remove a system backup when its time is over.
// Thread rule: begin_* in any transaction.
#pragma once

#include "platform/jobs.h"
#include "services/dynamodb/backups/backup.h"
#include "services/dynamodb/tables/catalog.h"

namespace haneul::dynamodb {

// The backup's row is in the transaction. Its table is held by begin_copy() with the backup's id, or, of a
// system backup, has left its items behind. `at`: the moment that is saved.
void begin_saving(store::Tx& tx, platform::Jobs& jobs, const Backup& backup, Timestamp at);
void register_saving(platform::Jobs& jobs, store::Db& db, Catalog& catalog, const Clock& clock);

}  // namespace haneul::dynamodb
