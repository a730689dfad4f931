// Export: what is known of an export, and the record of its row: scope `tables`, key `dynamodb/export`,
// account, region, table, id. It goes on in the name of who asked for it. Thread rule: plain values,
// functions of a transaction.
#pragma once

#include <optional>
#include <string>

#include "gen/dynamodb/types.h"
#include "platform/caller.h"
#include "services/dynamodb/keys.h"
#include "store/db.h"

namespace haneul::dynamodb {

struct ExportName {
  TableName table;
  std::string id;
  std::string arn() const { return table_arn(table) + "/export/" + id; }
};

struct Export {
  enum class State { kInProgress, kCompleted, kFailed };
  ExportName where;
  State state = State::kInProgress;
  std::string table_id;
  platform::Caller caller;
  Timestamp started;
  std::optional<Timestamp> ended;
  Timestamp at;                   // the moment that is exported; of a period, its end
  std::optional<Timestamp> from;  // of a period
  std::string view;               // of a period: NEW_IMAGE or NEW_AND_OLD_IMAGES
  std::string token, digest;      // of the request
  std::string bucket;
  std::optional<std::string> owner, prefix, encryption;
  int64_t items = 0, bytes = 0;
  std::string failure_code, failure_message;

  std::string folder() const;       // of its manifests: ".../AWSDynamoDB/ID/"
  std::string data_folder() const;  // of its data; exports of periods share one
};

std::optional<Export> find_export(store::Reader& reader, const ExportName& where);
void save_export(store::Tx& tx, const Export& given);
Export export_in(std::string_view key, std::string_view value);
store::Key export_key(const ExportName& where);
// Of one table, or of all of an account.
store::KeyRange exports_range(const AccountId& account, const Region& region, std::string_view table = {});

ExportDescription description_of(const Export& given);

}  // namespace haneul::dynamodb
