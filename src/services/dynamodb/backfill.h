// Backfill: the job that gives an index the entries of the items that were there before it. It walks the
// table in steps of a few hundred items, each step one transaction beside the writers', and remembers how far
// it came in its own row; after the last item the index becomes active. Thread rule: any thread.
#pragma once

#include "platform/jobs.h"
#include "services/dynamodb/streams/change_log.h"
#include "services/dynamodb/tables/catalog.h"

namespace haneul::dynamodb {

void begin_backfill(store::Tx& tx, platform::Jobs& jobs, const Table& table, const Index& index,
                    Timestamp now);
void register_backfill(platform::Jobs& jobs, store::Db& db, Catalog& catalog, ChangeLog& changes,
                       const Clock& clock);

}  // namespace haneul::dynamodb
