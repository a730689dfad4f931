// UpdateContinuousBackups, DescribeContinuousBackups: point-in-time recovery of a table, and what is left of
// one when it is deleted.
#include <algorithm>

#include <fmt/format.h>

#include "gen/dynamodb/errors.h"
#include "gen/dynamodb/operations.h"
#include "services/dynamodb/access.h"
#include "services/dynamodb/backups/copying.h"
#include "services/dynamodb/backups/operations.h"
#include "services/dynamodb/backups/saving.h"
#include "services/dynamodb/backups/trim.h"
#include "services/dynamodb/limits.h"
#include "services/dynamodb/refusal.h"
#include "services/dynamodb/tables/naming.h"

namespace haneul::dynamodb {

using platform::bind_run;
using platform::Effect;
using platform::Request;

namespace {

ContinuousBackupsDescription description_of(const Table& table, Timestamp now) {
  ContinuousBackupsDescription out;
  out.continuous_backups_status = "ENABLED";
  auto& recovery = out.point_in_time_recovery_description.emplace();
  recovery.point_in_time_recovery_status = table.recovery ? "ENABLED" : "DISABLED";
  if (!table.recovery) return out;
  const Restorable moments = restorable(table, now);
  recovery.earliest_restorable_date_time = moments.earliest;
  recovery.latest_restorable_date_time = moments.latest;
  recovery.recovery_period_in_days = table.recovery->days;
  return out;
}

}  // namespace

Restorable restorable(const Table& table, Timestamp now) {
  const Timestamp oldest = now - std::chrono::days(table.recovery->days);
  return {.earliest = std::max(table.recovery->since, oldest),
          .latest = std::max(table.recovery->since, now)};
}

UpdateContinuousBackupsOutput Backups::update_continuous(const Request& request,
                                                         const UpdateContinuousBackupsInput& input) {
  const TableName where = table_in(request, input.table_name);
  const PointInTimeRecoverySpecification& wish = input.point_in_time_recovery_specification;
  if (wish.recovery_period_in_days && !wish.point_in_time_recovery_enabled) {
    refuse("RecoveryPeriodInDays can only be given when PointInTimeRecoveryEnabled is true");
  }
  return parts_.db.write(catalog_scope(where.account, where.region), [&](store::Tx& tx) {
    Table table = *require_table(tx, where);
    if (table.is_filling) {
      throw ContinuousBackupsUnavailableException("Table is being created: " + where.name);
    }
    if (!wish.point_in_time_recovery_enabled) {
      if (table.recovery && !table.copies.empty()) {
        throw ContinuousBackupsUnavailableException(
            "A backup, restore or export of the table is in progress: " + where.name);
      }
      if (table.recovery) parts_.catalog.erase_undo(tx, table);
      table.recovery.reset();
    } else if (!table.recovery) {
      // Later than what was written before, by whatever clock.
      const Timestamp since = newest_moment(tx, table, request.now);
      table.recovery =
          Recovery{.since = since, .days = wish.recovery_period_in_days.value_or(kRecoveryDaysMax)};
      table.cut = std::max(table.cut, since);
      begin_trim(tx, parts_.jobs, table, request.now);
    } else if (const int64_t days = wish.recovery_period_in_days.value_or(kRecoveryDaysMax);
               days != table.recovery->days) {
      // What was beyond the old period may be gone already.
      table.recovery = Recovery{.since = restorable(table, request.now).earliest, .days = days};
      begin_trim(tx, parts_.jobs, table, request.now);
    }
    parts_.catalog.save(tx, table);
    return UpdateContinuousBackupsOutput{.continuous_backups_description =
                                             description_of(table, request.now)};
  });
}

DescribeContinuousBackupsOutput Backups::describe_continuous(const Request& request,
                                                             const DescribeContinuousBackupsInput& input) {
  const TableName where = table_in(request, input.table_name);
  return parts_.db.read([&](store::ReadTx& tx) {
    return DescribeContinuousBackupsOutput{.continuous_backups_description =
                                               description_of(*require_table(tx, where), request.now)};
  });
}

void Backups::keep_deleted(store::Tx& tx, const Table& table, Timestamp now, uint64_t number) {
  Usage usage = Usage::total(tx, table);
  Backup backup;
  backup.where = {.table = table.where, .id = make_id(now, number)};
  backup.name = table.where.name + "$DeletedTableBackup";
  backup.kind = Backup::Kind::kSystem;
  backup.number = number;
  backup.created = now;
  backup.expires = now + std::chrono::days(kSystemBackupDays);
  backup.items = usage.of_table().items;
  backup.bytes = usage.of_table().bytes;
  backup.source = table;
  save_backup(tx, backup);
  // Nobody writes to the table any more.
  begin_saving(tx, parts_.jobs, backup, newest_moment(tx, table, now));
  parts_.catalog.erase_all_but_items(tx, table);
}

void Backups::register_recovery(platform::OperationTable& table) {
  const TableAccess access(parts_.db, parts_.catalog);
  table.add<op::UpdateContinuousBackups>(
      {.access = access.owned<UpdateContinuousBackupsInput>("dynamodb:UpdateContinuousBackups"),
       .run = bind_run(this, &Backups::update_continuous)});
  table.add<op::DescribeContinuousBackups>(
      {.access = access.owned<DescribeContinuousBackupsInput>("dynamodb:DescribeContinuousBackups"),
       .run = bind_run(this, &Backups::describe_continuous),
       .effect = Effect::kReadOnly});
}

}  // namespace haneul::dynamodb
