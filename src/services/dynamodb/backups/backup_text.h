// How backups are named in requests and told to clients. Thread rule: pure functions.
#pragma once

#include "gen/dynamodb/types.h"
#include "platform/access.h"
#include "services/dynamodb/backups/backup.h"

namespace haneul::dynamodb {

// A resource inside a table: "arn:...:table/NAME/backup/ID", and so for exports and imports.
struct TablePart {
  TableName table;
  std::string id;
};
// Refuses what is no such ARN of the request's region.
TablePart table_part_in(const platform::Request& request, std::string_view kind, std::string_view arn);
BackupName backup_in(const platform::Request& request, std::string_view arn);
// The action on the ARN as it is given.
platform::AccessChecks on_part(const platform::Request& request, std::string action, const std::string& arn);

const char* kind_of(const Backup& backup);  // USER or SYSTEM
BackupDetails details_of(const Backup& backup);
BackupSummary summary_of(const Backup& backup);
BackupDescription description_of(const Backup& backup);

}  // namespace haneul::dynamodb
