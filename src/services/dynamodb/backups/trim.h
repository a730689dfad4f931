// Trim: the job that removes undo rows which point-in-time recovery does not reach back to any more. It walks
// over the whole table and then rests for some hours; a table that is being copied is left alone, since a
// copy may need the oldest rows until it is done. Thread rule: begin_trim() in any transaction.
#pragma once

#include "platform/jobs.h"
#include "services/dynamodb/tables/catalog.h"

namespace haneul::dynamodb {

void begin_trim(store::Tx& tx, platform::Jobs& jobs, const Table& table, Timestamp now);
void register_undo_trim(platform::Jobs& jobs, store::Db& db, Catalog& catalog, const Clock& clock);

}  // namespace haneul::dynamodb
