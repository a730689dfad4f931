// Backup: what is known of a backup, the record of its row, and where its items are. A backup holds the
// table's definition and items as they were at one moment, and shares nothing with the table: it outlives it.
//
// Row: scope `tables`, key `dynamodb/backup`, account, region, table, id. Items: scope
// `backup/NUMBER/PARTITION`, key `dynamodb/saved`, number, partition, chunk; each chunk a page of items.
// Invariant: an available backup holds as many items, of as many bytes, as its row says. Thread rule: plain
// values, functions of a transaction.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "services/dynamodb/keys.h"
#include "store/db.h"

namespace haneul::dynamodb {

struct BackupName {
  TableName table;
  std::string id;  // "01489602797149-73d8d5bc": the time, and something random
  std::string arn() const { return table_arn(table) + "/backup/" + id; }
};

struct Backup {
  enum class Kind { kUser, kSystem };  // kSystem: of a table that was deleted
  BackupName where;
  std::string name;
  Kind kind = Kind::kUser;
  bool is_available = false;
  uint64_t number = 0;  // names its rows; never given twice
  Timestamp created;
  std::optional<Timestamp> expires;
  int64_t items = 0, bytes = 0;
  Table source;                   // as it was
  std::set<std::string> readers;  // restores that read it
};

// For backups, exports and imports: "01489602797149-73d8d5bc".
std::string make_id(Timestamp now, uint64_t dice);

std::optional<Backup> find_backup(store::Reader& reader, const BackupName& where);
Backup require_backup(store::Reader& reader, const BackupName& where);  // BackupNotFoundException
void save_backup(store::Tx& tx, const Backup& backup);
void erase_backup(store::Tx& tx, const Backup& backup);  // with its items
Backup backup_in(std::string_view key, std::string_view value);
// Of one table, or of all of an account.
store::KeyRange backups_range(const AccountId& account, const Region& region, std::string_view table = {});
store::Key backup_key(const BackupName& where);
store::KeyRange all_backups_in(store::Shard shard);

struct Chunk {
  size_t partition = 0;
  uint64_t number = 0;
};
// Leaves no chunk behind this one: a run that was cut off may have cut the items in other places.
void save_chunk(store::Tx& tx, const Backup& backup, const Chunk& place,
                const std::vector<Attributes>& items);
store::Scope chunk_scope(const Backup& backup, size_t partition);
// The items of a chunk; nothing when the partition has no such chunk.
std::optional<std::vector<Attributes>> read_chunk(store::Reader& reader, const Backup& backup,
                                                  const Chunk& place);

}  // namespace haneul::dynamodb
