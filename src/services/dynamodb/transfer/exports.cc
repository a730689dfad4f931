#include "services/dynamodb/transfer/exports.h"

#include <algorithm>

#include "aws/digest.h"
#include "base/json.h"
#include "gen/dynamodb/errors.h"
#include "gen/dynamodb/operations.h"
#include "model/common_errors.h"
#include "platform/pagination.h"
#include "services/dynamodb/access.h"
#include "services/dynamodb/backups/backup_text.h"
#include "services/dynamodb/backups/copying.h"
#include "services/dynamodb/backups/operations.h"
#include "services/dynamodb/limits.h"
#include "services/dynamodb/refusal.h"
#include "services/dynamodb/tables/naming.h"

namespace haneul::dynamodb {

using platform::bind_run;
using platform::Effect;
using platform::Request;

namespace {

constexpr auto kTokenLife = std::chrono::hours(8);

void require_supported(const ExportTableToPointInTimeInput& input) {
  if (input.export_format == "ION") throw model::NotImplemented("ExportFormat ION is not supported");
  if (input.s3_sse_algorithm == "KMS" || input.s3_sse_kms_key_id) {
    throw model::NotImplemented("S3SseAlgorithm KMS is not supported: there is no key service yet");
  }
  if (input.filter_specification) throw model::NotImplemented("FilterSpecification is not supported");
}

void require_restorable(const Table& table, Timestamp at, Timestamp now) {
  const Restorable moments = restorable(table, now);
  if (at < moments.earliest || at > moments.latest) {
    throw InvalidExportTimeException(
        "The specified ExportTime is outside of the point in time recovery window");
  }
}

// The moment, or the period, that is asked for; none asked for is the newest moment.
void read_times(const ExportTableToPointInTimeInput& input, const Table& table, Timestamp newest,
                Timestamp now, Export& out) {
  const bool is_period = input.export_type == "INCREMENTAL_EXPORT";
  if (is_period != input.incremental_export_specification.has_value()) {
    refuse("IncrementalExportSpecification is required for INCREMENTAL_EXPORT, and for nothing else");
  }
  if (!is_period) {
    out.at = input.export_time.value_or(newest);
    if (input.export_time) require_restorable(table, out.at, now);
    return;
  }
  if (input.export_time) refuse("ExportTime is not allowed for INCREMENTAL_EXPORT");
  const IncrementalExportSpecification& period = *input.incremental_export_specification;
  if (!period.export_from_time) refuse("ExportFromTime is required for INCREMENTAL_EXPORT");
  out.from = *period.export_from_time;
  out.at = period.export_to_time.value_or(now);
  out.view = period.export_view_type.value_or("NEW_AND_OLD_IMAGES");
  require_restorable(table, *out.from, now);
  require_restorable(table, out.at, now);
  if (*out.from >= out.at) {
    throw InvalidExportTimeException("ExportFromTime must be before ExportToTime");
  }
}

std::string digest_of(const ExportTableToPointInTimeInput& input) {
  return aws::sha256(write_json(model::unbind(input)));
}

// The export that the same token has begun already.
std::optional<Export> find_by_token(store::Reader& reader, const TableName& where, const std::string& token,
                                    Timestamp now) {
  std::optional<Export> out;
  const store::KeyRange range = exports_range(where.account, where.region, where.name);
  const store::Shard shard = catalog_scope(where.account, where.region).shard;
  reader.scan_each({shard, range.from, range.to}, {}, [&](std::string_view key, std::string_view value) {
    Export found = export_in(key, value);
    if (found.token != token || found.started + kTokenLife < now) return store::Visit::kContinue;
    out = std::move(found);
    return store::Visit::kStop;
  });
  return out;
}

ExportName export_named(const Request& request, const std::string& arn) {
  TablePart part = table_part_in(request, "export", arn);
  return {.table = std::move(part.table), .id = std::move(part.id)};
}

}  // namespace

Exports::Exports(const Parts& parts)
    : parts_(parts),
      exporting_({.db = parts.db, .catalog = parts.catalog, .jobs = parts.jobs, .clock = parts.clock}) {}

ExportTableToPointInTimeOutput Exports::begin(const Request& request,
                                              const ExportTableToPointInTimeInput& input) {
  require_supported(input);
  const TableName where = table_in_arn(request, input.table_arn);
  Export wanted;
  wanted.where = {.table = where, .id = make_id(request.now, parts_.random.next())};
  wanted.caller = request.caller;
  wanted.started = request.now;
  wanted.token = input.client_token.value_or("");
  wanted.digest = digest_of(input);
  wanted.bucket = input.s3_bucket;
  wanted.owner = input.s3_bucket_owner;
  wanted.prefix = input.s3_prefix;
  wanted.encryption = input.s3_sse_algorithm;
  return parts_.db.write(catalog_scope(where.account, where.region), [&](store::Tx& tx) {
    const TablePtr found = parts_.catalog.find(tx, where);
    if (found == nullptr) throw TableNotFoundException("Table not found: " + where.name);
    if (input.client_token) {
      if (const auto same = find_by_token(tx, where, wanted.token, request.now)) {
        if (same->digest == wanted.digest) {
          return ExportTableToPointInTimeOutput{.export_description = description_of(*same)};
        }
        throw ExportConflictException("The ClientToken was given with other parameters before");
      }
    }
    Table table = *found;
    if (!table.recovery) {
      throw PointInTimeRecoveryUnavailableException("Point in time recovery is not enabled for table '" +
                                                    where.name + "'");
    }
    Export given = wanted;
    given.table_id = table.id;
    read_times(input, table, newest_moment(tx, table, request.now), request.now, given);
    save_export(tx, given);
    begin_copy(tx, parts_.catalog, table, given.where.id, given.at);
    exporting_.begin(tx, given);
    return ExportTableToPointInTimeOutput{.export_description = description_of(given)};
  });
}

DescribeExportOutput Exports::describe(const Request& request, const DescribeExportInput& input) {
  const ExportName where = export_named(request, input.export_arn);
  return parts_.db.read([&](store::ReadTx& tx) {
    const auto found = find_export(tx, where);
    if (!found) throw ExportNotFoundException("Export not found: " + input.export_arn);
    return DescribeExportOutput{.export_description = description_of(*found)};
  });
}

ListExportsOutput Exports::list(const Request& request, const ListExportsInput& input) {
  TableName of{.account = request.account, .region = request.region, .name = {}};
  if (input.table_arn) of = table_in_arn(request, *input.table_arn);
  ListExportsOutput out;
  out.export_summaries.emplace();
  if (of.account != request.account) return out;  // the right that is asked for is on one's own exports
  store::KeyRange range = exports_range(of.account, of.region, of.name);
  if (input.next_token) {
    const auto after = platform::open_page_token("ListExports", request.account, *input.next_token);
    if (!after || *after < range.from || *after >= range.to)
      refuse("Invalid NextToken: " + *input.next_token);
    range.from = store::key_after(*after);
  }
  const auto limit = static_cast<size_t>(input.max_results.value_or(kListExportsMax));
  std::string last;
  bool more = false;
  parts_.db.read([&](store::ReadTx& tx) {
    tx.scan_each({catalog_scope(of.account, of.region).shard, range.from, range.to}, {},
                 [&](std::string_view key, std::string_view value) {
                   more = out.export_summaries->size() == limit;
                   if (more) return store::Visit::kStop;
                   const ExportDescription found = description_of(export_in(key, value));
                   ExportSummary summary;
                   summary.export_arn = found.export_arn;
                   summary.export_status = found.export_status;
                   summary.export_type = found.export_type;
                   out.export_summaries->push_back(std::move(summary));
                   last = std::string(key);
                   return store::Visit::kContinue;
                 });
  });
  if (more) out.next_token = platform::make_page_token("ListExports", request.account, last);
  return out;
}

void Exports::register_operations(platform::OperationTable& table) {
  const TableAccess access(parts_.db, parts_.catalog);
  table.add<op::ExportTableToPointInTime>(
      {.access =
           [access](const Request& request, const ExportTableToPointInTimeInput& input) {
             return access.on_table(request, "dynamodb:ExportTableToPointInTime", input.table_arn);
           },
       .run = bind_run(this, &Exports::begin)});
  table.add<op::DescribeExport>({.access =
                                     [](const Request& request, const DescribeExportInput& input) {
                                       return on_part(request, "dynamodb:DescribeExport", input.export_arn);
                                     },
                                 .run = bind_run(this, &Exports::describe),
                                 .effect = Effect::kReadOnly});
  table.add<op::ListExports>(
      {.access = [](const Request&,
                    const ListExportsInput&) { return platform::check("dynamodb:ListExports", "*"); },
       .run = bind_run(this, &Exports::list),
       .effect = Effect::kReadOnly});
}

}  // namespace haneul::dynamodb
