// UpdateTimeToLive, DescribeTimeToLive; the removal of expired items is in expiry.cc.
#include "gen/dynamodb/operations.h"
#include "services/dynamodb/access.h"
#include "services/dynamodb/expiry.h"
#include "services/dynamodb/refusal.h"
#include "services/dynamodb/service.h"
#include "services/dynamodb/tables/description.h"
#include "services/dynamodb/tables/naming.h"

namespace haneul::dynamodb {

using platform::bind_run;
using platform::Effect;
using platform::Request;

namespace {

void change_attribute(const TimeToLiveSpecification& wish, Table& table) {
  if (wish.attribute_name.empty()) refuse("TimeToLiveSpecification: AttributeName must not be empty");
  if (!wish.enabled) {
    if (!table.ttl_attribute) refuse("TimeToLive is already disabled");
    if (*table.ttl_attribute != wish.attribute_name) {
      refuse("TimeToLive is active on a different AttributeName: current AttributeName is " +
             *table.ttl_attribute);
    }
    table.ttl_attribute.reset();
    return;
  }
  if (table.ttl_attribute == wish.attribute_name) refuse("TimeToLive is already enabled");
  if (table.ttl_attribute) {
    refuse("TimeToLive is active on a different AttributeName: current AttributeName is " +
           *table.ttl_attribute);
  }
  table.ttl_attribute = wish.attribute_name;
}

}  // namespace

UpdateTimeToLiveOutput DynamoDbService::update_time_to_live(const Request& request,
                                                            const UpdateTimeToLiveInput& input) {
  change_table(table_in(request, input.table_name), [&](store::Tx& tx, Table& table) {
    if (table.is_filling) require_at_rest(table);
    change_attribute(input.time_to_live_specification, table);
    if (table.ttl_attribute) begin_expiry(tx, parts_.jobs, table, request.now);
  });
  return {.time_to_live_specification = input.time_to_live_specification};
}

DescribeTimeToLiveOutput DynamoDbService::describe_time_to_live(const Request& request,
                                                                const DescribeTimeToLiveInput& input) {
  const TableName where = table_in(request, input.table_name);
  DescribeTimeToLiveOutput out;
  auto& description = out.time_to_live_description.emplace();
  const TablePtr table = parts_.db.read([&](store::ReadTx& tx) { return require_named(tx, where); });
  description.time_to_live_status = table->ttl_attribute ? "ENABLED" : "DISABLED";
  description.attribute_name = table->ttl_attribute;
  return out;
}

void DynamoDbService::register_time_to_live(platform::OperationTable& table) {
  const TableAccess access(parts_.db, catalog_);
  table.add<op::UpdateTimeToLive>({.access = access.owned<UpdateTimeToLiveInput>("dynamodb:UpdateTimeToLive"),
                                   .run = bind_run(this, &DynamoDbService::update_time_to_live)});
  table.add<op::DescribeTimeToLive>(
      {.access = access.owned<DescribeTimeToLiveInput>("dynamodb:DescribeTimeToLive"),
       .run = bind_run(this, &DynamoDbService::describe_time_to_live),
       .effect = Effect::kReadOnly});
}

}  // namespace haneul::dynamodb
