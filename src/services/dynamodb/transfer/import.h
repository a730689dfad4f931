// Import: what is known of an import, and the record of its row: scope `tables`, key `dynamodb/import`,
// account, region, table, id. It goes on in the name of who asked for it, and outlives its table.
//
// Invariant: `processed` = `imported` + `errors`, and all of them, with `bytes`, are of the text up to the
// place where the import goes on. Thread rule: plain values, functions of a transaction.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gen/dynamodb/types.h"
#include "platform/caller.h"
#include "services/dynamodb/keys.h"
#include "store/db.h"

namespace haneul::dynamodb {

struct ImportName {
  TableName table;
  std::string id;
  std::string arn() const { return table_arn(table) + "/import/" + id; }
};

struct SourceObject {
  std::string key, etag;
  uint64_t size = 0;
};

struct Import {
  enum class State { kInProgress, kCompleted, kFailed };
  ImportName where;
  State state = State::kInProgress;
  std::string table_id;
  platform::Caller caller;
  Timestamp started;
  std::optional<Timestamp> ended;
  std::string digest;  // of the request
  ImportTableInput request;
  // Where it goes on: behind the object `after`, or inside `object` at the byte `offset` of its text.
  std::string after;
  std::optional<SourceObject> object;
  uint64_t offset = 0;
  int64_t processed = 0, imported = 0, errors = 0, bytes = 0;
  std::string failure_code, failure_message;

  void fail(std::string code, std::string message);
};

std::optional<Import> find_import(store::Reader& reader, const ImportName& where);
void save_import(store::Tx& tx, const Import& given);
Import import_in(std::string_view key, std::string_view value);
// All of an account, the newest first.
std::vector<Import> imports_of(store::Reader& reader, const AccountId& account, const Region& region);
store::KeyRange all_imports_in(store::Shard shard);

inline constexpr const char* kImportLogGroup = "/aws-dynamodb/imports";
ImportTableDescription description_of(const Import& given);
ImportSummary summary_of(const Import& given);

}  // namespace haneul::dynamodb
