// Keys of DynamoDB: the only file that knows where its rows are (README.md, "Key space").
//
// A table's items are spread over 64 partitions, each a scope of its own, by the first bits of the digest of
// their hash key; so the whole table is ordered by digest, then by sort key. A local index lies beside the
// items of its partition, a global one has 64 partitions of its own. Tables and indexes are named by numbers
// that are never given twice: one made again under the same name shares nothing with the one before.
#pragma once

#include "services/dynamodb/tables/table.h"
#include "store/key.h"

namespace haneul::dynamodb {

inline constexpr size_t kPartitions = 64;

store::Scope catalog_scope(const AccountId& account, const Region& region);
store::Key table_key(const TableName& table);
store::KeyRange tables_range(const AccountId& account, const Region& region);
std::string table_name_of(std::string_view key);
TableName table_at(std::string_view key);
store::KeyRange all_tables_in(store::Shard shard);

// The digest of a hash key: 16 bytes, even over their range.
std::string digest_of(const Value& hash);
size_t partition_of(std::string_view digest);
// Bytes in the order of sort keys; empty for a table without one.
std::string sort_bytes(const Value* range);

struct ItemKey {
  std::string digest;
  std::string sort;
  friend auto operator<=>(const ItemKey&, const ItemKey&) = default;
};
ItemKey item_key(const KeySchema& keys, const Attributes& holder);  // which has them, of the right types

// Where a table's items are, or an index's entries: 64 partitions of rows ordered by digest and sort key.
class Rows {
 public:
  static Rows items(const Table& table);
  static Rows entries(const Table& table, const Index& index);
  static Rows undo(const Table& table);

  store::Scope scope(size_t partition) const;
  store::Scope scope_of(std::string_view digest) const { return scope(partition_of(digest)); }
  store::Key item(const ItemKey& key) const;
  // Of an index; `owner` is the key of the item that the entry is of.
  store::Key entry(const ItemKey& key, const ItemKey& owner) const;
  // Of undo: what an item was before the change of this time; the first key at or after a time has sequence
  // 0.
  store::Key undone(const ItemKey& key, Timestamp at, uint64_t sequence) const;
  store::KeyRange all(size_t partition) const;
  store::KeyRange collection(std::string_view digest) const;  // in the partition of the digest
  // Every row with this digest and sort key; and its two ends, for ranges of sort keys.
  store::KeyRange at(const ItemKey& key) const;
  std::string prefix(std::string_view digest, std::string_view sort_prefix) const;

 private:
  store::KeyWriter begin(size_t partition) const;
  std::string resource_;  // names the scopes
  AccountId account_;
  Region region_;
  const char* kind_ = nullptr;
  uint64_t number_ = 0;
};

// Beside the items of a partition: the table's revision as writers there must know it, and how much there is.
store::Key revision_key(const Table& table, size_t partition);
store::Key usage_key(const Table& table, size_t partition);

// The time and number of the newest change that the partition keeps undo of.
store::Key undo_head_key(const Table& table, size_t partition);
struct UndoPlace {
  ItemKey key;
  Timestamp at;
  uint64_t sequence = 0;
};
UndoPlace undo_at(std::string_view key);
ItemKey item_at(std::string_view key);

// Streams beside the tables, by table and label; a stream's records in a scope of their own.
struct StreamInfo;
store::Key stream_key(const TableName& table, std::string_view label);
// Of one table, or of all tables of an account.
store::KeyRange streams_range(const AccountId& account, const Region& region, std::string_view table = {});
struct StreamPlace {
  std::string table, label;
};
StreamPlace stream_at(std::string_view key);

class StreamRows {
 public:
  explicit StreamRows(const Table& table);  // of the stream that it has
  explicit StreamRows(const StreamInfo& stream);
  store::Scope scope() const { return scope_; }
  store::Key next() const;
  store::Key change(uint64_t sequence) const;
  store::KeyRange changes_from(uint64_t sequence) const;
  static uint64_t sequence_of(std::string_view change_key);

 private:
  StreamRows(const TableName& table, uint64_t number);
  store::Scope scope_;
  uint64_t number_;
};

// Tokens of requests, by the period of ten minutes they came in, in one of a few scopes.
struct TokenPlace {
  AccountId account;
  Region region;
  std::string token;
};
store::Key token_key(const TokenPlace& place, uint64_t period);
store::Key token_period_key(const TokenPlace& place,
                            uint64_t period);  // marks that the period has rows there
store::KeyRange token_period_range(store::Shard shard, uint64_t period);

}  // namespace haneul::dynamodb
