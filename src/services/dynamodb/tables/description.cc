#include "services/dynamodb/tables/description.h"

#include <fmt/format.h>

#include "gen/dynamodb/errors.h"
#include "services/dynamodb/tables/throughput.h"

namespace haneul::dynamodb {
namespace {

ProvisionedThroughputDescription throughput_of(const Throughput& throughput, const Table& table) {
  ProvisionedThroughputDescription out;
  out.last_increase_date_time = table.throughput_increased;
  out.last_decrease_date_time = table.throughput_decreased;
  out.number_of_decreases_today = 0;
  out.read_capacity_units = throughput.read;
  out.write_capacity_units = throughput.write;
  return out;
}

Projection projection_of(const Index& index) {
  Projection out;
  out.projection_type = index.projection;
  if (!index.included.empty()) out.non_key_attributes = index.included;
  return out;
}

std::string index_arn(const Table& table, const Index& index) { return table.arn() + "/index/" + index.name; }

LocalSecondaryIndexDescription local_index(const Table& table, const Index& index, const Amount& amount) {
  LocalSecondaryIndexDescription out;
  out.index_name = index.name;
  out.key_schema = key_schema_of(index.keys);
  out.projection = projection_of(index);
  out.index_size_bytes = amount.bytes;
  out.item_count = amount.items;
  out.index_arn = index_arn(table, index);
  return out;
}

GlobalSecondaryIndexDescription global_index(const Table& table, const Index& index, const Amount& amount) {
  const bool backfilling = index.state == Index::State::kBackfilling;
  GlobalSecondaryIndexDescription out;
  out.index_name = index.name;
  out.key_schema = key_schema_of(index.keys);
  out.projection = projection_of(index);
  out.index_status = backfilling || table.is_filling ? "CREATING" : "ACTIVE";
  if (backfilling) out.backfilling = true;
  out.provisioned_throughput = throughput_of(index.throughput, table);
  if (index.on_demand_max) out.on_demand_throughput = maximum_shown(*index.on_demand_max);
  const Throughput units = warm_of(table, &index);
  auto& warm = out.warm_throughput.emplace();
  warm.read_units_per_second = units.read;
  warm.write_units_per_second = units.write;
  warm.status = "ACTIVE";
  out.index_size_bytes = amount.bytes;
  out.item_count = amount.items;
  out.index_arn = index_arn(table, index);
  return out;
}

void add_indexes(const Table& table, Usage& usage, TableDescription& out) {
  for (const Index& index : table.indexes) {
    if (index.is_local()) {
      if (!out.local_secondary_indexes) out.local_secondary_indexes.emplace();
      out.local_secondary_indexes->push_back(local_index(table, index, usage.of_index(index)));
    } else {
      if (!out.global_secondary_indexes) out.global_secondary_indexes.emplace();
      out.global_secondary_indexes->push_back(global_index(table, index, usage.of_index(index)));
    }
  }
}

void add_settings(const Table& table, TableDescription& out) {
  out.provisioned_throughput = throughput_of(table.throughput, table);
  if (table.on_demand || table.on_demand_since) {
    auto& billing = out.billing_mode_summary.emplace();
    billing.billing_mode = table.on_demand ? "PAY_PER_REQUEST" : "PROVISIONED";
    billing.last_update_to_pay_per_request_date_time = table.on_demand_since;
  }
  if (!table.table_class.empty()) {
    auto& summary = out.table_class_summary.emplace();
    summary.table_class = table.table_class;
    summary.last_update_date_time = table.table_class_since;
  }
  if (table.on_demand_max) out.on_demand_throughput = maximum_shown(*table.on_demand_max);
  const Throughput units = warm_of(table, nullptr);
  auto& warm = out.warm_throughput.emplace();
  warm.read_units_per_second = units.read;
  warm.write_units_per_second = units.write;
  warm.status = "ACTIVE";
  if (table.origin) {
    auto& origin = out.restore_summary.emplace();
    if (!table.origin->backup_arn.empty()) origin.source_backup_arn = table.origin->backup_arn;
    if (!table.origin->table_arn.empty()) origin.source_table_arn = table.origin->table_arn;
    origin.restore_date_time = table.origin->at;
    origin.restore_in_progress = table.is_filling;
  }
  if (table.stream) {
    auto& stream = out.stream_specification.emplace();
    stream.stream_enabled = true;
    stream.stream_view_type = table.stream->view_type;
    out.latest_stream_label = table.stream->label;
    out.latest_stream_arn = stream_arn(table, table.stream->label);
  }
}

}  // namespace

std::vector<KeySchemaElement> key_schema_of(const KeySchema& keys) {
  std::vector<KeySchemaElement> out = {{.attribute_name = keys.hash, .key_type = "HASH"}};
  if (keys.range) out.push_back({.attribute_name = *keys.range, .key_type = "RANGE"});
  return out;
}

void require_at_rest(const Table& table) {
  if (!table.is_filling && !table.is_updating()) return;
  throw ResourceInUseException(
      fmt::format("Attempt to change a resource which is still in use: Table is being {}: {}",
                  table.is_filling ? "created" : "updated", table.where.name));
}

std::string_view status_of(const Table& table) {
  if (table.is_filling) return "CREATING";
  return table.is_updating() ? "UPDATING" : "ACTIVE";
}

std::string stream_arn(const Table& table, std::string_view label) {
  return table.arn() + "/stream/" + std::string(label);
}

TableDescription describe(const Table& table, Usage usage, std::string_view status) {
  TableDescription out;
  out.attribute_definitions.emplace();
  for (const auto& [name, type] : table.attributes) {
    out.attribute_definitions->push_back(
        {.attribute_name = name, .attribute_type = std::string(type_code(type))});
  }
  out.table_name = table.where.name;
  out.key_schema = key_schema_of(table.keys);
  out.table_status = std::string(status);
  out.creation_date_time = table.created;
  out.table_size_bytes = usage.of_table().bytes;
  out.item_count = usage.of_table().items;
  out.table_arn = table.arn();
  out.table_id = table.id;
  out.deletion_protection_enabled = table.deletion_protection;
  add_settings(table, out);
  add_indexes(table, usage, out);
  return out;
}

}  // namespace haneul::dynamodb
