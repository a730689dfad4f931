// UpdateTable: billing, throughput, class, protection, and global indexes made and removed while writes go
// on.
//
// A new index is kBackfilling: writes keep its entries from then on, and a job adds those of the items that
// were there before, one partition after the other (backfill.cc).
#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gen/dynamodb/errors.h"
#include "services/dynamodb/backfill.h"
#include "services/dynamodb/refusal.h"
#include "services/dynamodb/service.h"
#include "services/dynamodb/tables/definition.h"
#include "services/dynamodb/tables/description.h"
#include "services/dynamodb/tables/naming.h"
#include "services/dynamodb/tables/throughput.h"

namespace haneul::dynamodb {

using platform::Request;

namespace {

[[noreturn]] void invalid(std::string_view what) {
  refuse(fmt::format("One or more parameter values were invalid: {}", what));
}

void require_any(const UpdateTableInput& input) {
  const bool indexes = input.global_secondary_index_updates && !input.global_secondary_index_updates->empty();
  if (input.provisioned_throughput || input.billing_mode || input.stream_specification || indexes ||
      input.sse_specification || input.table_class || input.deletion_protection_enabled ||
      input.warm_throughput || input.on_demand_throughput) {
    return;
  }
  refuse(
      "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates, "
      "SSESpecification, ReplicaUpdates, MultiAccountReplicaReady, ReplicaTransitRoleArn, "
      "MultiRegionConsistency, DeletionProtectionEnabled, OnDemandThroughput, WarmThroughput or TableClass "
      "is "
      "required");
}

// Also for a table that is provisioned already.
void require_capacity(const UpdateTableInput& input) {
  if (input.billing_mode != "PROVISIONED" || input.provisioned_throughput) return;
  invalid("ProvisionedThroughput must be specified when BillingMode is PROVISIONED");
}

void note_change(const Throughput& from, const Throughput& to, Timestamp now, Table& table) {
  if (to.read > from.read || to.write > from.write) table.throughput_increased = now;
  if (to.read < from.read || to.write < from.write) table.throughput_decreased = now;
}

std::string unchanged(std::string_view what, const Throughput& held, const Throughput& wanted) {
  return fmt::format(
      "The provisioned throughput for {0} will not change. The requested value equals the current value. "
      "Current ReadCapacityUnits provisioned for {0}: {1}. Requested ReadCapacityUnits: {2}. Current "
      "WriteCapacityUnits provisioned for {0}: {3}. Requested WriteCapacityUnits: {4}. Refer to the Amazon "
      "DynamoDB Developer Guide for current limits and how to request higher limits.",
      what, held.read, wanted.read, held.write, wanted.write);
}

void change_throughput(const ProvisionedThroughput& given, Timestamp now, Table& table) {
  const Throughput wanted = throughput_from(given);
  if (table.on_demand) {
    invalid(
        "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is "
        "PAY_PER_REQUEST");
  }
  if (wanted == table.throughput) refuse(unchanged("the table", table.throughput, wanted));
  note_change(table.throughput, wanted, now, table);
  table.throughput = wanted;
}

void change_billing(const UpdateTableInput& input, Timestamp now, Table& table) {
  const bool was_on_demand = table.on_demand;
  keep_warm(table);
  if (input.billing_mode) table.on_demand = *input.billing_mode == "PAY_PER_REQUEST";
  if (!was_on_demand && table.on_demand) {
    table.on_demand_since = now;
    table.throughput = {};
    for (Index& index : table.indexes) index.throughput = {};
  }
  if (was_on_demand && !table.on_demand) {
    table.on_demand_max.reset();
    for (Index& index : table.indexes) index.on_demand_max.reset();
  }
  if (input.provisioned_throughput) change_throughput(*input.provisioned_throughput, now, table);
}

Index& require_global(Table& table, const std::string& name) {
  Index* index = table.index(name);
  if (index == nullptr || index->is_local()) {
    throw ResourceNotFoundException("Requested resource not found");
  }
  if (index->state != Index::State::kActive) {
    throw ResourceInUseException(
        fmt::format("Attempt to change a resource which is still in use: Index is being created: {}", name));
  }
  return *index;
}

void update_index(const UpdateGlobalSecondaryIndexAction& action, Timestamp now, Table& table) {
  Index& index = require_global(table, action.index_name);
  if (action.on_demand_throughput)
    set_maximum(*action.on_demand_throughput, {table, &index}, index.on_demand_max);
  if (action.warm_throughput) raise_warm(*action.warm_throughput, {table, &index}, index.warm);
  if (!action.provisioned_throughput) return;
  if (table.on_demand) {
    invalid(
        "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is "
        "PAY_PER_REQUEST");
  }
  const Throughput wanted = throughput_from(*action.provisioned_throughput);
  if (wanted == index.throughput) {
    refuse(unchanged(fmt::format("index: {}", index.name), index.throughput, wanted));
  }
  note_change(index.throughput, wanted, now, table);
  index.throughput = wanted;
}

struct StreamChange {
  Table& table;
  uint64_t number;  // of a new stream
  Timestamp now;
};

void change_stream(store::Tx& tx, platform::Jobs& jobs, const StreamSpecification& wish,
                   const StreamChange& to) {
  if (wish.stream_enabled && to.table.stream)
    refuse("Table already has an enabled stream: TableName: " + to.table.where.name);
  if (!wish.stream_enabled && !to.table.stream)
    refuse("Table has no stream to disable: " + to.table.where.name);
  if (wish.stream_enabled) {
    open_stream(tx, jobs, to.table, *wish.stream_view_type, to.number, to.now);
  } else {
    close_stream(tx, to.table, to.now);
  }
}

const std::string& index_of(const GlobalSecondaryIndexUpdate& update) {
  if (update.update) return update.update->index_name;
  return update.create ? update.create->index_name : update.delete_->index_name;
}

// What of the updates can be refused without the table.
void require_clear(const std::vector<GlobalSecondaryIndexUpdate>& updates) {
  std::set<std::string_view> named;
  for (const GlobalSecondaryIndexUpdate& update : updates) {
    const int given = update.update.has_value() + update.create.has_value() + update.delete_.has_value();
    if (given == 0) {
      invalid(
          "One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, "
          "GlobalSecondaryIndexUpdate.Delete must not be null");
    }
    if (given > 1) {
      invalid(
          "Only one of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, "
          "GlobalSecondaryIndexUpdate.Delete may be specified");
    }
    if (named.insert(index_of(update)).second) continue;
    invalid(
        fmt::format("Only one global secondary index update per index is allowed simultaneously. Index: {}",
                    index_of(update)));
  }
}

// Indexes of a table that is provisioned from now on need their own throughput.
void require_provisioned(const Table& table) {
  std::vector<std::string> without;
  for (const Index& index : table.indexes) {
    if (!index.is_local() && index.throughput == Throughput{}) without.push_back(index.name);
  }
  if (table.on_demand || without.empty()) return;
  invalid(fmt::format("ProvisionedThroughput must be specified for index: {}", fmt::join(without, ",")));
}

// Of the definitions, those of a new index's keys count. AWS passes over the others, also where they
// contradict the table.
DefinedAttributes that_count(const DefinedAttributes& defined,
                             const std::vector<GlobalSecondaryIndexUpdate>& updates) {
  const auto made = std::ranges::find_if(
      updates, [](const GlobalSecondaryIndexUpdate& update) { return update.create.has_value(); });
  DefinedAttributes out;
  if (made == updates.end()) return out;
  for (const KeySchemaElement& key : made->create->key_schema) {
    if (const auto at = defined.find(key.attribute_name); at != defined.end()) out.insert(*at);
  }
  return out;
}

// Some changes are told to be done with the answer.
const char* status_after(const UpdateTableInput& input,
                         const std::vector<GlobalSecondaryIndexUpdate>& updates) {
  const bool indexes = std::ranges::any_of(
      updates, [](const GlobalSecondaryIndexUpdate& update) { return update.create || update.delete_; });
  const bool goes_on = input.billing_mode || input.provisioned_throughput || input.stream_specification ||
                       input.table_class || indexes;
  return goes_on ? "UPDATING" : "ACTIVE";
}

void require_one_change(const std::vector<GlobalSecondaryIndexUpdate>& updates) {
  const auto changes = std::ranges::count_if(
      updates, [](const GlobalSecondaryIndexUpdate& update) { return update.create || update.delete_; });
  if (changes > 1) {
    throw LimitExceededException(
        "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table");
  }
}

}  // namespace

UpdateTableOutput DynamoDbService::update_table(const Request& request, const UpdateTableInput& input) {
  const TableName where = table_in(request, input.table_name);
  require_supported(input);
  require_any(input);
  require_capacity(input);
  require_table_class(input.table_class);
  if (input.stream_specification) require_supported_stream(*input.stream_specification);
  const std::vector<GlobalSecondaryIndexUpdate> none;
  const auto& updates = input.global_secondary_index_updates ? *input.global_secondary_index_updates : none;
  require_clear(updates);
  const DefinedAttributes defined =
      input.attribute_definitions ? defined_by(*input.attribute_definitions) : DefinedAttributes{};
  const uint64_t number = draw_number(), stream_number = draw_number();
  return parts_.db.write(catalog_scope(where.account, where.region), [&](store::Tx& tx) {
    Table table = *require_named(tx, where);
    require_at_rest(table);
    if (input.sse_specification) invalid("Table is already encrypted by default");
    require_one_change(updates);
    add_attributes(that_count(defined, updates), table);
    change_billing(input, request.now, table);
    if (input.table_class && *input.table_class != table.table_class) {
      const bool same = table.table_class.empty() && *input.table_class == "STANDARD";
      table.table_class = *input.table_class;
      if (!same) table.table_class_since = request.now;
    }
    if (input.deletion_protection_enabled) table.deletion_protection = *input.deletion_protection_enabled;
    if (input.on_demand_throughput) set_maximum(*input.on_demand_throughput, {table}, table.on_demand_max);
    if (input.warm_throughput) raise_warm(*input.warm_throughput, {table}, table.warm);
    for (const GlobalSecondaryIndexUpdate& update : updates) {
      if (update.update) update_index(*update.update, request.now, table);
      if (update.delete_) {
        const Index index = require_global(table, update.delete_->index_name);
        catalog_.erase_entries(tx, table, index);
        std::erase_if(table.indexes, [&](const Index& other) { return other.number == index.number; });
      }
      if (update.create) {
        Index index = define_global_index(*update.create, defined, table);
        index.number = number;
        index.state = Index::State::kBackfilling;
        begin_backfill(tx, parts_.jobs, table, index, request.now);
        table.indexes.push_back(std::move(index));
      }
    }
    require_provisioned(table);
    if (input.stream_specification)
      change_stream(tx, parts_.jobs, *input.stream_specification, {table, stream_number, request.now});
    forget_unused_attributes(table);
    catalog_.save(tx, table);
    return UpdateTableOutput{.table_description =
                                 describe(table, Usage::total(tx, table), status_after(input, updates))};
  });
}

}  // namespace haneul::dynamodb
