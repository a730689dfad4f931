#include "services/dynamodb/backups/backup_text.h"

#include <fmt/format.h>

#include "aws/arn.h"
#include "services/dynamodb/refusal.h"
#include "services/dynamodb/tables/description.h"

namespace haneul::dynamodb {
namespace {

const char* status_of(const Backup& backup) { return backup.is_available ? "AVAILABLE" : "CREATING"; }

Projection projection_of(const Index& index) {
  Projection out;
  out.projection_type = index.projection;
  if (!index.included.empty()) out.non_key_attributes = index.included;
  return out;
}

ProvisionedThroughput throughput_of(const Throughput& throughput) {
  ProvisionedThroughput out;
  out.read_capacity_units = throughput.read;
  out.write_capacity_units = throughput.write;
  return out;
}

SourceTableDetails source_of(const Backup& backup) {
  const Table& table = backup.source;
  SourceTableDetails out;
  out.table_name = table.where.name;
  out.table_id = table.id;
  out.table_arn = table.arn();
  out.table_size_bytes = backup.bytes;
  out.item_count = backup.items;
  out.key_schema = key_schema_of(table.keys);
  out.table_creation_date_time = table.created;
  out.provisioned_throughput = throughput_of(table.throughput);
  out.billing_mode = table.on_demand ? "PAY_PER_REQUEST" : "PROVISIONED";
  return out;
}

void add_index(const Index& index, SourceTableFeatureDetails& out) {
  if (index.is_local()) {
    LocalSecondaryIndexInfo info;
    info.index_name = index.name;
    info.key_schema = key_schema_of(index.keys);
    info.projection = projection_of(index);
    if (!out.local_secondary_indexes) out.local_secondary_indexes.emplace();
    out.local_secondary_indexes->push_back(std::move(info));
    return;
  }
  GlobalSecondaryIndexInfo info;
  info.index_name = index.name;
  info.key_schema = key_schema_of(index.keys);
  info.projection = projection_of(index);
  info.provisioned_throughput = throughput_of(index.throughput);
  if (!out.global_secondary_indexes) out.global_secondary_indexes.emplace();
  out.global_secondary_indexes->push_back(std::move(info));
}

SourceTableFeatureDetails features_of(const Table& table) {
  SourceTableFeatureDetails out;
  for (const Index& index : table.indexes) add_index(index, out);
  if (table.stream) {
    auto& stream = out.stream_description.emplace();
    stream.stream_enabled = true;
    stream.stream_view_type = table.stream->view_type;
  }
  auto& ttl = out.time_to_live_description.emplace();
  ttl.time_to_live_status = table.ttl_attribute ? "ENABLED" : "DISABLED";
  ttl.attribute_name = table.ttl_attribute;
  return out;
}

}  // namespace

TablePart table_part_in(const platform::Request& request, std::string_view kind, std::string_view arn) {
  const auto refuse_it = [&] { refuse(fmt::format("Invalid {} ARN: {}", kind, arn)); };
  const auto parsed = aws::parse_arn(arn);
  if (!parsed || parsed->service != "dynamodb" || parsed->region != request.region.str()) refuse_it();
  // table/NAME/KIND/ID
  std::vector<std::string> words{""};
  for (const char c : parsed->resource) {
    if (c == '/') {
      words.emplace_back();
    } else {
      words.back() += c;
    }
  }
  if (words.size() != 4 || words[0] != "table" || words[2] != kind || words[1].empty() || words[3].empty()) {
    refuse_it();
  }
  return {.table = {.account = AccountId(parsed->account), .region = request.region, .name = words[1]},
          .id = words[3]};
}

BackupName backup_in(const platform::Request& request, std::string_view arn) {
  TablePart part = table_part_in(request, "backup", arn);
  return {.table = std::move(part.table), .id = std::move(part.id)};
}

platform::AccessChecks on_part(const platform::Request& request, std::string action, const std::string& arn) {
  platform::AccessChecks out = platform::check(std::move(action), arn);
  const auto parsed = aws::parse_arn(arn);
  out.front().resource_account = parsed ? AccountId(parsed->account) : request.account;
  return out;
}

const char* kind_of(const Backup& backup) { return backup.kind == Backup::Kind::kSystem ? "SYSTEM" : "USER"; }

BackupDetails details_of(const Backup& backup) {
  BackupDetails out;
  out.backup_arn = backup.where.arn();
  out.backup_name = backup.name;
  out.backup_size_bytes = backup.bytes;
  out.backup_status = status_of(backup);
  out.backup_type = kind_of(backup);
  out.backup_creation_date_time = backup.created;
  out.backup_expiry_date_time = backup.expires;
  return out;
}

BackupSummary summary_of(const Backup& backup) {
  BackupSummary out;
  out.table_name = backup.source.where.name;
  out.table_id = backup.source.id;
  out.table_arn = backup.source.arn();
  out.backup_arn = backup.where.arn();
  out.backup_name = backup.name;
  out.backup_creation_date_time = backup.created;
  out.backup_expiry_date_time = backup.expires;
  out.backup_status = status_of(backup);
  out.backup_type = kind_of(backup);
  out.backup_size_bytes = backup.bytes;
  return out;
}

BackupDescription description_of(const Backup& backup) {
  return {.backup_details = details_of(backup),
          .source_table_details = source_of(backup),
          .source_table_feature_details = features_of(backup.source)};
}

}  // namespace haneul::dynamodb
