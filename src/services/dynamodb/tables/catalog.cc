#include "services/dynamodb/tables/catalog.h"

#include <algorithm>
#include <mutex>

#include <fmt/format.h>

#include "base/big_endian.h"
#include "gen/dynamodb/errors.h"
#include "services/dynamodb/limits.h"
#include "store/errors.h"

namespace haneul::dynamodb {
namespace {

constexpr size_t kHeldMax = 4096;

void erase_rows(store::Tx& tx, const Rows& rows) {
  for (size_t partition = 0; partition < kPartitions; ++partition) {
    tx.del_range(rows.scope(partition).shard, rows.all(partition));
  }
}

}  // namespace

TablePtr Catalog::hold(std::string key, std::string bytes, const TableName& where, uint64_t seen_at) {
  const std::unique_lock lock(mutex_);
  if (held_.size() > kHeldMax) held_.clear();
  Held& held = held_[std::move(key)];
  if (held.bytes != bytes) {
    held.table = std::make_shared<const Table>(decode_table(bytes, where));
    held.bytes = std::move(bytes);
    held.seen_at = 0;
  }
  held.seen_at = std::max(held.seen_at, seen_at);
  return held.table;
}

TablePtr Catalog::find(store::Reader& reader, const TableName& where) {
  store::Key key = table_key(where);
  std::optional<std::string> bytes = reader.get(key);
  if (!bytes) return nullptr;
  return hold(std::move(key.bytes), std::move(*bytes), where, 0);
}

TablePtr Catalog::find(store::ReadTx& tx, const TableName& where) {
  store::Key key = table_key(where);
  const uint64_t seq = tx.seq();
  {
    const std::shared_lock lock(mutex_);
    const auto found = held_.find(key.bytes);
    if (found != held_.end() && seq != 0 && found->second.seen_at == seq) return found->second.table;
  }
  std::optional<std::string> bytes = tx.get(key);
  if (!bytes) return nullptr;
  return hold(std::move(key.bytes), std::move(*bytes), where, seq);
}

TablePtr Catalog::require_found(TablePtr table) {
  if (table == nullptr || table->is_filling) throw ResourceNotFoundException("Requested resource not found");
  return table;
}

TablePtr Catalog::newest(const TableName& where) {
  return db_.write(catalog_scope(where.account, where.region),
                   [&](store::Tx& tx) { return require(tx, where); });
}

TablePtr Catalog::newest_or_null(const TableName& where) {
  return db_.write(catalog_scope(where.account, where.region),
                   [&](store::Tx& tx) { return find(tx, where); });
}

void Catalog::require_room(store::Tx& tx, const TableName& where) const {
  const store::KeyRange all = tables_range(where.account, where.region);
  const store::Shard shard = catalog_scope(where.account, where.region).shard;
  size_t count = 0;
  tx.scan_each({.shard = shard, .from = all.from, .to = all.to}, {.values = store::Values::kSkip},
               [&](std::string_view, std::string_view) { return ++count, store::Visit::kContinue; });
  if (count >= kTablesMax) {
    throw LimitExceededException(fmt::format("Too many tables: the limit is {}", kTablesMax));
  }
}

void Catalog::save(store::Tx& tx, Table& table) {
  ++table.revision;
  tx.put(table_key(table.where), encode(table));
  for (size_t partition = 0; partition < kPartitions; ++partition) {
    tx.put(revision_key(table, partition), big_endian(table.revision));
  }
}

void Catalog::erase_entries(store::Tx& tx, const Table& table, const Index& index) {
  erase_rows(tx, Rows::entries(table, index));
}

void Catalog::erase(store::Tx& tx, const Table& table) {
  erase_all_but_items(tx, table);
  erase_items(tx, table);
}

void Catalog::erase_items(store::Tx& tx, const Table& table) {
  erase_rows(tx, Rows::items(table));
  erase_undo(tx, table);
}

void Catalog::erase_undo(store::Tx& tx, const Table& table) {
  erase_rows(tx, Rows::undo(table));
  for (size_t partition = 0; partition < kPartitions; ++partition) {
    tx.del(undo_head_key(table, partition));
  }
}

void Catalog::erase_all_but_items(store::Tx& tx, const Table& table) {
  for (const Index& index : table.indexes) erase_entries(tx, table, index);
  for (size_t partition = 0; partition < kPartitions; ++partition) {
    tx.del(revision_key(table, partition));
    tx.del(usage_key(table, partition));
  }
  tx.del(table_key(table.where));
}

bool Catalog::is_current(store::Reader& reader, const Table& table, size_t partition) const {
  return reader.get(revision_key(table, partition)) == big_endian(table.revision);
}

}  // namespace haneul::dynamodb
