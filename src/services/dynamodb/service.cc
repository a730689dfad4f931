#include "services/dynamodb/service.h"

#include "gen/dynamodb/operations.h"
#include "services/dynamodb/backfill.h"
#include "services/dynamodb/expiry.h"
#include "services/dynamodb/ops/tokens.h"
#include "services/dynamodb/tables/new_table.h"

namespace haneul::dynamodb {

DynamoDbService::DynamoDbService(const Parts& parts)
    : parts_(parts),
      catalog_(parts.db),
      throttle_(parts.throttling == Throttling::kOn ? std::make_unique<Throttle>(parts.clock) : nullptr),
      streams_({.db = parts.db, .changes = changes_, .clock = parts.clock, .random = parts.random}),
      partiql_({.db = parts.db,
                .catalog = catalog_,
                .changes = changes_,
                .jobs = parts.jobs,
                .throttle = throttle()}),
      backups_({.db = parts.db,
                .catalog = catalog_,
                .changes = changes_,
                .jobs = parts.jobs,
                .clock = parts.clock,
                .random = parts.random}),
      exports_({.db = parts.db,
                .catalog = catalog_,
                .jobs = parts.jobs,
                .clock = parts.clock,
                .random = parts.random}),
      imports_({.db = parts.db,
                .catalog = catalog_,
                .changes = changes_,
                .jobs = parts.jobs,
                .clock = parts.clock,
                .random = parts.random,
                .logs = parts.logs}) {
  register_workers();
}

void DynamoDbService::register_operations(platform::OperationTable& table) {
  table.add_service(op::CreateTable::service());
  register_tables(table);
  register_get(table);
  register_writes(table);
  register_reads(table);
  register_batches(table);
  register_transactions(table);
  register_tags(table);
  register_time_to_live(table);
  register_resource_policies(table);
  partiql_.register_operations(table);
  backups_.register_operations(table);
  exports_.register_operations(table);
  imports_.register_operations(table);
  streams_.register_operations(table);
}

void DynamoDbService::register_workers() {
  register_backfill(parts_.jobs, parts_.db, catalog_, changes_, parts_.clock);
  register_expiry(parts_.jobs, parts_.db, catalog_, changes_, parts_.clock);
  register_trim(parts_.jobs, parts_.db, parts_.clock);
  register_token_expiry(parts_.jobs, parts_.db);
}

uint64_t DynamoDbService::draw_number() { return dynamodb::draw_number(parts_.random); }

}  // namespace haneul::dynamodb
