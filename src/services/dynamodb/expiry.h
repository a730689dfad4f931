// Expiry: the job that removes the items whose time to live has passed. It walks a table with a TTL attribute
// again and again, one partition at a time; an expired item is read once more in the transaction that removes
// it, so a write that prolongs it wins. AWS promises removal within days, this within minutes for most
// tables. Source: "Using time to live (TTL) in DynamoDB". Thread rule: any thread.
#pragma once

#include "platform/jobs.h"
#include "services/dynamodb/streams/change_log.h"
#include "services/dynamodb/tables/catalog.h"

namespace haneul::dynamodb {

// Whether the item is to be removed now: a number of seconds, in the past, and not more than five years.
bool is_expired(const Attributes& item, const std::string& attribute, Timestamp now);
void begin_expiry(store::Tx& tx, platform::Jobs& jobs, const Table& table, Timestamp now);
void register_expiry(platform::Jobs& jobs, store::Db& db, Catalog& catalog, ChangeLog& changes,
                     const Clock& clock);

}  // namespace haneul::dynamodb
