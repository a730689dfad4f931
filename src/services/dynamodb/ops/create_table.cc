// CreateTable.
#include <fmt/format.h>

#include "gen/dynamodb/errors.h"
#include "services/dynamodb/limits.h"
#include "services/dynamodb/ops/tag_check.h"
#include "services/dynamodb/refusal.h"
#include "services/dynamodb/service.h"
#include "services/dynamodb/tables/definition.h"
#include "services/dynamodb/tables/description.h"
#include "services/dynamodb/tables/naming.h"
#include "services/dynamodb/tables/throughput.h"

namespace haneul::dynamodb {

using platform::Request;

namespace {

void read_billing(const CreateTableInput& input, Table& table) {
  constexpr const char* kInvalid = "One or more parameter values were invalid: ";
  table.on_demand = input.billing_mode == "PAY_PER_REQUEST";
  if (table.on_demand && input.provisioned_throughput) {
    refuse(std::string(kInvalid) +
           "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is "
           "PAY_PER_REQUEST");
  }
  if (!table.on_demand && !input.provisioned_throughput) {
    refuse(std::string(kInvalid) +
           "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED");
  }
  if (input.provisioned_throughput) table.throughput = throughput_from(*input.provisioned_throughput);
  if (table.on_demand) table.on_demand_since = table.created;
}

void read_tags(const std::vector<Tag>& tags, Table& table) {
  require_tags(tags);
  for (const Tag& tag : tags) {
    if (!table.tags.emplace(tag.key, tag.value).second) {
      refuse(fmt::format("Found duplicate tag keys: {}", tag.key));
    }
  }
  require_few_tags(table);
}

}  // namespace

CreateTableOutput DynamoDbService::create_table(const Request& request, const CreateTableInput& input) {
  Table table;
  table.where = table_in(request, input.table_name);
  if (table.where.account != request.account) refuse("A table is made in the account of the caller");
  table.id = parts_.random.uuid();
  table.number = draw_number();
  table.created = request.now;
  require_supported(input);
  read_billing(input, table);
  define_table(input, table);
  for (Index& index : table.indexes) index.number = draw_number();
  if (input.stream_specification) require_supported_stream(*input.stream_specification);
  table.table_class = input.table_class.value_or("STANDARD");
  table.deletion_protection = input.deletion_protection_enabled.value_or(false);
  if (input.on_demand_throughput) set_maximum(*input.on_demand_throughput, table, table.on_demand_max);
  if (input.warm_throughput) raise_warm(*input.warm_throughput, table, nullptr, table.warm);
  if (input.tags) read_tags(*input.tags, table);
  if (input.resource_policy) table.policy = make_policy(*input.resource_policy, {.arn = table.arn()});
  const uint64_t stream_number = draw_number();
  parts_.db.write(catalog_scope(table.where.account, table.where.region), [&](store::Tx& tx) {
    if (catalog_.find(tx, table.where) != nullptr) {
      throw ResourceInUseException(fmt::format("Table already exists: {}", table.where.name));
    }
    catalog_.require_room(tx, table.where);
    if (input.stream_specification && input.stream_specification->stream_enabled) {
      open_stream(tx, parts_.jobs, table, *input.stream_specification->stream_view_type, stream_number,
                  request.now);
    }
    catalog_.save(tx, table);
  });
  return {.table_description = describe(table, {}, "CREATING")};
}

}  // namespace haneul::dynamodb
