// DescribeTable, DeleteTable, ListTables, DescribeLimits, DescribeEndpoints.
#include <algorithm>

#include <fmt/format.h>

#include "gen/dynamodb/errors.h"
#include "gen/dynamodb/operations.h"
#include "services/dynamodb/access.h"
#include "services/dynamodb/limits.h"
#include "services/dynamodb/refusal.h"
#include "services/dynamodb/service.h"
#include "services/dynamodb/tables/description.h"
#include "services/dynamodb/tables/naming.h"

namespace haneul::dynamodb {

using platform::bind_run;
using platform::Effect;
using platform::Request;

TablePtr DynamoDbService::require_named(store::Reader& reader, const TableName& where) {
  TablePtr table = catalog_.find(reader, where);
  if (table != nullptr) return table;
  throw ResourceNotFoundException(
      fmt::format("Requested resource not found: Table: {} not found", where.name));
}

DescribeTableOutput DynamoDbService::describe_table(const Request& request, const DescribeTableInput& input) {
  const TableName where = table_in(request, input.table_name);
  return parts_.db.read([&](store::ReadTx& tx) {
    const TablePtr table = require_named(tx, where);
    return DescribeTableOutput{.table = describe(*table, Usage::total(tx, *table), status_of(*table))};
  });
}

DeleteTableOutput DynamoDbService::delete_table(const Request& request, const DeleteTableInput& input) {
  const TableName where = table_in(request, input.table_name);
  const uint64_t number = draw_number();  // of the backup that may be left
  return parts_.db.write(catalog_scope(where.account, where.region), [&](store::Tx& tx) {
    const TablePtr table = require_named(tx, where);
    if (table->deletion_protection) {
      refuse(
          fmt::format("Resource cannot be deleted as it is currently protected against deletion. Disable "
                      "deletion protection first. Table: {}",
                      where.name));
    }
    require_at_rest(*table);
    if (!table->copies.empty()) {
      throw ResourceInUseException(fmt::format(
          "Attempt to change a resource which is still in use: Table is being backed up, restored "
          "or exported: {}",
          where.name));
    }
    if (table->recovery) {
      backups_.keep_deleted(tx, *table, request.now, number);
    } else {
      catalog_.erase(tx, *table);
    }
    Table gone = *table;
    if (gone.stream) close_stream(tx, gone, request.now);
    gone.indexes.clear();
    gone.attributes.clear();
    TableDescription out = describe(gone, {}, "DELETING");
    out.attribute_definitions.reset();
    out.key_schema.reset();
    out.creation_date_time.reset();
    return DeleteTableOutput{.table_description = std::move(out)};
  });
}

ListTablesOutput DynamoDbService::list_tables(const Request& request, const ListTablesInput& input) {
  const auto limit = static_cast<size_t>(input.limit.value_or(kListTablesMax));
  store::KeyRange range = tables_range(request.account, request.region);
  const store::Shard shard = catalog_scope(request.account, request.region).shard;
  if (input.exclusive_start_table_name) {
    const TableName after{request.account, request.region, *input.exclusive_start_table_name};
    range.from = store::key_after(table_key(after).bytes);
  }
  ListTablesOutput out;
  out.table_names.emplace();
  bool more = false;
  parts_.db.read([&](store::ReadTx& tx) {
    tx.scan_each({.shard = shard, .from = range.from, .to = range.to}, {.values = store::Values::kSkip},
                 [&](std::string_view key, std::string_view) {
                   more = out.table_names->size() == limit;
                   if (more) return store::Visit::kStop;
                   out.table_names->push_back(table_name_of(key));
                   return store::Visit::kContinue;
                 });
  });
  if (more) out.last_evaluated_table_name = out.table_names->back();
  return out;
}

DescribeLimitsOutput DynamoDbService::describe_limits(const Request&, const DescribeLimitsInput&) {
  DescribeLimitsOutput out;
  out.account_max_read_capacity_units = 80000;
  out.account_max_write_capacity_units = 80000;
  out.table_max_read_capacity_units = 40000;
  out.table_max_write_capacity_units = 40000;
  return out;
}

DescribeEndpointsOutput DynamoDbService::describe_endpoints(const Request& request,
                                                            const DescribeEndpointsInput&) {
  DescribeEndpointsOutput out;
  out.endpoints.push_back({.address = request.host, .cache_period_in_minutes = 1440});
  return out;
}

void DynamoDbService::register_tables(platform::OperationTable& table) {
  const TableAccess access(parts_.db, catalog_);
  table.add<op::CreateTable>({.access =
                                  [access](const Request& request, const CreateTableInput& input) {
                                    auto checks = access.on_table(request, "dynamodb:CreateTable",
                                                                  require_name(input.table_name));
                                    if (input.resource_policy) {
                                      checks.push_back(checks.front());
                                      checks.back().action = "dynamodb:PutResourcePolicy";
                                    }
                                    if (input.tags) TableAccess::add_tagging(checks, *input.tags);
                                    return checks;
                                  },
                              .run = bind_run(this, &DynamoDbService::create_table)});
  table.add<op::UpdateTable>({.access = access.named<UpdateTableInput>("dynamodb:UpdateTable"),
                              .run = bind_run(this, &DynamoDbService::update_table)});
  table.add<op::DescribeTable>({.access = access.named<DescribeTableInput>("dynamodb:DescribeTable"),
                                .run = bind_run(this, &DynamoDbService::describe_table),
                                .effect = Effect::kReadOnly});
  table.add<op::DeleteTable>({.access = access.named<DeleteTableInput>("dynamodb:DeleteTable"),
                              .run = bind_run(this, &DynamoDbService::delete_table)});
  table.add<op::ListTables>(
      {.access = [](const Request&,
                    const ListTablesInput&) { return platform::check("dynamodb:ListTables", "*"); },
       .run = bind_run(this, &DynamoDbService::list_tables),
       .effect = Effect::kReadOnly});
  table.add<op::DescribeLimits>(
      {.access = [](const Request&,
                    const DescribeLimitsInput&) { return platform::check("dynamodb:DescribeLimits", "*"); },
       .run = bind_run(this, &DynamoDbService::describe_limits),
       .effect = Effect::kReadOnly});
  table.add<op::DescribeEndpoints>({.access =
                                        [](const Request&, const DescribeEndpointsInput&) {
                                          return platform::check("dynamodb:DescribeEndpoints", "*");
                                        },
                                    .run = bind_run(this, &DynamoDbService::describe_endpoints),
                                    .effect = Effect::kReadOnly});
}

}  // namespace haneul::dynamodb
