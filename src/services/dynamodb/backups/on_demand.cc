// CreateBackup, DescribeBackup, ListBackups, DeleteBackup.
#include <fmt/format.h>

#include "aws/arn.h"
#include "gen/dynamodb/errors.h"
#include "gen/dynamodb/operations.h"
#include "services/dynamodb/access.h"
#include "services/dynamodb/backups/backup_text.h"
#include "services/dynamodb/backups/copying.h"
#include "services/dynamodb/backups/operations.h"
#include "services/dynamodb/backups/saving.h"
#include "services/dynamodb/limits.h"
#include "services/dynamodb/refusal.h"
#include "services/dynamodb/tables/naming.h"

namespace haneul::dynamodb {

using platform::bind_run;
using platform::Effect;
using platform::Request;

namespace {

bool is_wanted(const ListBackupsInput& input, const Backup& backup) {
  const std::string kind = input.backup_type.value_or("ALL");
  if (kind != "ALL" && kind != kind_of(backup)) return false;
  if (input.time_range_lower_bound && backup.created < *input.time_range_lower_bound) return false;
  return !input.time_range_upper_bound || backup.created < *input.time_range_upper_bound;
}

}  // namespace

CreateBackupOutput Backups::create(const Request& request, const CreateBackupInput& input) {
  const TableName where = table_in(request, input.table_name);
  Backup backup;
  backup.where = {.table = where, .id = make_id(request.now, parts_.random.next())};
  backup.name = input.backup_name;
  backup.number = draw_number();
  backup.created = request.now;
  return parts_.db.write(catalog_scope(where.account, where.region), [&](store::Tx& tx) {
    Table table = *require_table(tx, where);
    if (table.is_filling) throw TableInUseException("Table is being created: " + where.name);
    Usage usage = Usage::total(tx, table);
    backup.items = usage.of_table().items;
    backup.bytes = usage.of_table().bytes;
    backup.source = table;
    save_backup(tx, backup);
    const Timestamp at = newest_moment(tx, table, request.now);
    begin_copy(tx, parts_.catalog, table, backup.where.id, at);
    begin_saving(tx, parts_.jobs, backup, at);
    return CreateBackupOutput{.backup_details = details_of(backup)};
  });
}

DescribeBackupOutput Backups::describe(const Request& request, const DescribeBackupInput& input) {
  const BackupName where = backup_in(request, input.backup_arn);
  return parts_.db.read([&](store::ReadTx& tx) {
    return DescribeBackupOutput{.backup_description = description_of(require_backup(tx, where))};
  });
}

DeleteBackupOutput Backups::remove(const Request& request, const DeleteBackupInput& input) {
  const BackupName where = backup_in(request, input.backup_arn);
  return parts_.db.write(catalog_scope(where.table.account, where.table.region), [&](store::Tx& tx) {
    const Backup backup = require_backup(tx, where);
    if (!backup.is_available) throw BackupInUseException("Backup is being created: " + where.arn());
    if (!backup.readers.empty()) {
      throw BackupInUseException("Backup is being used to restore a table: " + where.arn());
    }
    erase_backup(tx, backup);
    BackupDescription out = description_of(backup);
    out.backup_details->backup_status = "DELETED";
    return DeleteBackupOutput{.backup_description = std::move(out)};
  });
}

ListBackupsOutput Backups::list(const Request& request, const ListBackupsInput& input) {
  if (input.backup_type == "AWS_BACKUP") return {.backup_summaries = std::vector<BackupSummary>()};
  TableName of{.account = request.account, .region = request.region, .name = {}};
  if (input.table_name) of = table_in(request, *input.table_name);
  store::KeyRange range = backups_range(of.account, of.region, of.name);
  if (input.exclusive_start_backup_arn) {
    const std::string after = backup_key(backup_in(request, *input.exclusive_start_backup_arn)).bytes;
    if (after < range.from || after >= range.to) refuse("The provided starting backup is not of this list");
    range.from = store::key_after(after);
  }
  const auto limit = static_cast<size_t>(input.limit.value_or(kListBackupsMax));
  const store::Shard shard = catalog_scope(of.account, of.region).shard;
  ListBackupsOutput out;
  out.backup_summaries.emplace();
  bool more = false;
  parts_.db.read([&](store::ReadTx& tx) {
    tx.scan_each({.shard = shard, .from = range.from, .to = range.to}, {},
                 [&](std::string_view key, std::string_view value) {
                   const Backup backup = backup_in(key, value);
                   if (!is_wanted(input, backup)) return store::Visit::kContinue;
                   more = out.backup_summaries->size() == limit;
                   if (more) return store::Visit::kStop;
                   out.backup_summaries->push_back(summary_of(backup));
                   return store::Visit::kContinue;
                 });
  });
  if (more) out.last_evaluated_backup_arn = out.backup_summaries->back().backup_arn;
  return out;
}

void Backups::register_on_demand(platform::OperationTable& table) {
  const TableAccess access(parts_.db, parts_.catalog);
  table.add<op::CreateBackup>({.access = access.owned<CreateBackupInput>("dynamodb:CreateBackup"),
                               .run = bind_run(this, &Backups::create)});
  table.add<op::DescribeBackup>({.access =
                                     [](const Request& request, const DescribeBackupInput& input) {
                                       return on_part(request, "dynamodb:DescribeBackup", input.backup_arn);
                                     },
                                 .run = bind_run(this, &Backups::describe),
                                 .effect = Effect::kReadOnly});
  table.add<op::DeleteBackup>({.access =
                                   [](const Request& request, const DeleteBackupInput& input) {
                                     return on_part(request, "dynamodb:DeleteBackup", input.backup_arn);
                                   },
                               .run = bind_run(this, &Backups::remove)});
  table.add<op::ListBackups>(
      {.access = [](const Request&,
                    const ListBackupsInput&) { return platform::check("dynamodb:ListBackups", "*"); },
       .run = bind_run(this, &Backups::list),
       .effect = Effect::kReadOnly});
}

}  // namespace haneul::dynamodb
