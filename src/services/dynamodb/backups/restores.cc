// RestoreTableFromBackup, RestoreTableToPointInTime.
#include <fmt/format.h>

#include "gen/dynamodb/errors.h"
#include "gen/dynamodb/operations.h"
#include "services/dynamodb/access.h"
#include "services/dynamodb/backups/backup_text.h"
#include "services/dynamodb/backups/copying.h"
#include "services/dynamodb/backups/operations.h"
#include "services/dynamodb/backups/saving.h"
#include "services/dynamodb/backups/target.h"
#include "services/dynamodb/backups/trim.h"
#include "services/dynamodb/limits.h"
#include "services/dynamodb/refusal.h"
#include "services/dynamodb/tables/description.h"
#include "services/dynamodb/tables/naming.h"

namespace haneul::dynamodb {

using platform::AccessChecks;
using platform::bind_run;
using platform::Request;

namespace {

// What is done to the target in the caller's name.
void add_target(const TableAccess& access, const Request& request, const std::string& target,
                AccessChecks& checks) {
  for (const char* action :
       {"BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan", "UpdateItem"}) {
    AccessChecks more = access.on_table(request, fmt::format("dynamodb:{}", action), target);
    checks.push_back(std::move(more.front()));
  }
}

// The moment that is asked for, when the table can be restored to it.
Timestamp moment_of(const RestoreTableToPointInTimeInput& input, const Table& table, Timestamp newest,
                    Timestamp now) {
  const bool latest = input.use_latest_restorable_time.value_or(false);
  if (latest == input.restore_date_time.has_value()) {
    refuse("Exactly one of RestoreDateTime and UseLatestRestorableTime must be specified");
  }
  if (latest) return newest;
  const Restorable moments = restorable(table, now);
  if (*input.restore_date_time < moments.earliest || *input.restore_date_time > moments.latest) {
    throw InvalidRestoreTimeException(
        "An invalid restore time was specified. RestoreDateTime must be between EarliestRestorableDateTime "
        "and "
        "LatestRestorableDateTime.");
  }
  return *input.restore_date_time;
}

TableName source_in(const Request& request, const RestoreTableToPointInTimeInput& input) {
  if (input.source_table_arn.has_value() == input.source_table_name.has_value()) {
    refuse("Exactly one of SourceTableArn and SourceTableName must be specified");
  }
  return table_in(request, input.source_table_arn ? *input.source_table_arn : *input.source_table_name);
}

}  // namespace

Table Backups::begin_target(const Request& request, const std::string& name, Table target) {
  target.where = table_in(request, name);
  if (target.where.account != request.account) refuse("A table is made in the account of the caller");
  target.created = request.now;
  if (target.on_demand) target.on_demand_since = request.now;
  target.id = parts_.random.uuid();
  target.number = draw_number();
  for (Index& index : target.indexes) index.number = draw_number();
  target.is_filling = true;
  return target;
}

void Backups::save_target(store::Tx& tx, Table& target) {
  if (const TablePtr there = parts_.catalog.find(tx, target.where)) {
    if (there->is_filling) throw TableInUseException("Table is being created: " + target.where.name);
    throw TableAlreadyExistsException("Table already exists: " + target.where.name);
  }
  parts_.catalog.require_room(tx, target.where);
  parts_.catalog.save(tx, target);
}

RestoreTableFromBackupOutput Backups::restore_backup(const Request& request,
                                                     const RestoreTableFromBackupInput& input) {
  const Overrides overrides = Overrides::of(input);
  require_supported(overrides);
  const BackupName where = backup_in(request, input.backup_arn);
  const Backup known = parts_.db.read([&](store::ReadTx& tx) { return require_backup(tx, where); });
  Table target = begin_target(request, input.target_table_name, target_of(known.source, overrides));
  target.origin = Origin{.backup_arn = where.arn(), .table_arn = known.source.arn(), .at = known.created};
  return parts_.db.write(catalog_scope(request.account, request.region), [&](store::Tx& tx) {
    Backup backup = require_backup(tx, where);
    if (!backup.is_available) throw BackupInUseException("Backup is being created: " + where.arn());
    save_target(tx, target);
    backup.readers.insert(target.id);
    save_backup(tx, backup);
    begin_restore(tx, parts_.jobs, target, FromBackup{where});
    return RestoreTableFromBackupOutput{.table_description = dynamodb::describe(target, {}, "CREATING")};
  });
}

RestoreTableToPointInTimeOutput Backups::restore_moment(const Request& request,
                                                        const RestoreTableToPointInTimeInput& input) {
  const Overrides overrides = Overrides::of(input);
  require_supported(overrides);
  const TableName where = source_in(request, input);
  const TablePtr known = parts_.db.read([&](store::ReadTx& tx) { return require_table(tx, where); });
  const Table wanted = begin_target(request, input.target_table_name, target_of(*known, overrides));
  return parts_.db.write(catalog_scope(request.account, request.region), [&](store::Tx& tx) {
    Table source = *require_table(tx, where);
    if (!source.recovery) {
      throw PointInTimeRecoveryUnavailableException("Point in time recovery is not enabled for table '" +
                                                    where.name + "'");
    }
    const Timestamp at = moment_of(input, source, newest_moment(tx, source, request.now), request.now);
    Table target = wanted;
    target.origin = Origin{.backup_arn = {}, .table_arn = source.arn(), .at = at};
    save_target(tx, target);
    begin_copy(tx, parts_.catalog, source, target.id, at);
    begin_restore(tx, parts_.jobs, target, FromTable{source, at});
    return RestoreTableToPointInTimeOutput{.table_description = dynamodb::describe(target, {}, "CREATING")};
  });
}

void Backups::register_restores(platform::OperationTable& table) {
  const TableAccess access(parts_.db, parts_.catalog);
  table.add<op::RestoreTableFromBackup>(
      {.access =
           [access](const Request& request, const RestoreTableFromBackupInput& input) {
             AccessChecks checks = on_part(request, "dynamodb:RestoreTableFromBackup", input.backup_arn);
             add_target(access, request, input.target_table_name, checks);
             return checks;
           },
       .run = bind_run(this, &Backups::restore_backup)});
  table.add<op::RestoreTableToPointInTime>(
      {.access =
           [access](const Request& request, const RestoreTableToPointInTimeInput& input) {
             const std::string& source = input.source_table_arn    ? *input.source_table_arn
                                         : input.source_table_name ? *input.source_table_name
                                                                   : input.target_table_name;
             AccessChecks checks = access.on_table(request, "dynamodb:RestoreTableToPointInTime", source);
             add_target(access, request, input.target_table_name, checks);
             return checks;
           },
       .run = bind_run(this, &Backups::restore_moment)});
}

}  // namespace haneul::dynamodb
