// Backups of DynamoDB: on-demand backups, point-in-time recovery, and restores from both. on_demand.cc,
// recovery.cc and restores.cc hold the operations; the work is done by durable jobs (saving.h, restoring.h,
// trim.h). Source: developer guide, "Backup and restore for DynamoDB".
//
// Invariant: what a backup or a restore holds is the table at one moment, with every transaction whole.
// Thread rule: any thread after construction.
#pragma once

#include "gen/dynamodb/types.h"
#include "platform/jobs.h"
#include "platform/operation_table.h"
#include "services/dynamodb/backups/backup.h"
#include "services/dynamodb/backups/restoring.h"
#include "services/dynamodb/tables/catalog.h"

namespace haneul::dynamodb {

struct Overrides;

class Backups {
 public:
  struct Parts {
    store::Db& db;
    Catalog& catalog;
    ChangeLog& changes;
    platform::Jobs& jobs;
    const Clock& clock;
    Random& random;
  };
  explicit Backups(const Parts& parts);
  void register_operations(platform::OperationTable& table);

  // on_demand.cc
  CreateBackupOutput create(const platform::Request& request, const CreateBackupInput& input);
  DescribeBackupOutput describe(const platform::Request& request, const DescribeBackupInput& input);
  ListBackupsOutput list(const platform::Request& request, const ListBackupsInput& input);
  DeleteBackupOutput remove(const platform::Request& request, const DeleteBackupInput& input);
  // recovery.cc
  UpdateContinuousBackupsOutput update_continuous(const platform::Request& request,
                                                  const UpdateContinuousBackupsInput& input);
  DescribeContinuousBackupsOutput describe_continuous(const platform::Request& request,
                                                      const DescribeContinuousBackupsInput& input);
  // restores.cc
  RestoreTableFromBackupOutput restore_backup(const platform::Request& request,
                                              const RestoreTableFromBackupInput& input);
  RestoreTableToPointInTimeOutput restore_moment(const platform::Request& request,
                                                 const RestoreTableToPointInTimeInput& input);

  // Of a table with point-in-time recovery that is being deleted: erases the table, and makes a backup of its
  // items, which are left behind until that is done.
  void keep_deleted(store::Tx& tx, const Table& table, Timestamp now, uint64_t number);

 private:
  void register_on_demand(platform::OperationTable& table);
  void register_recovery(platform::OperationTable& table);
  void register_restores(platform::OperationTable& table);
  TablePtr require_table(store::Reader& reader, const TableName& where);  // TableNotFoundException
  Table begin_target(const platform::Request& request, const std::string& name, Table target);
  void save_target(store::Tx& tx, Table& target);
  uint64_t draw_number();

  Parts parts_;
};

// The moments that a table can be restored to.
struct Restorable {
  Timestamp earliest, latest;
};
Restorable restorable(const Table& table, Timestamp now);

}  // namespace haneul::dynamodb
