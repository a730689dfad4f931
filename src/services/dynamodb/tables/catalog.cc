#include "services/dynamodb/tables/catalog.h"

#include "gen/dynamodb/errors.h"
#include "store/errors.h"

namespace haneul::dynamodb {
namespace {

constexpr size_t kHeldMax = 4096;

std::string revision_bytes(uint64_t revision) {
  std::string out;
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(revision >> shift);
  return out;
}

void erase_rows(store::Tx& tx, const Rows& rows) {
  for (size_t partition = 0; partition < kPartitions; ++partition) {
    tx.del_range(rows.scope(partition).shard, rows.all(partition));
  }
}

}  // namespace

TablePtr Catalog::find(store::Reader& reader, const TableName& where) {
  const store::Key key = table_key(where);
  std::optional<std::string> bytes = reader.get(key);
  if (!bytes) return nullptr;
  const std::lock_guard lock(mutex_);
  if (held_.size() > kHeldMax) held_.clear();
  Held& held = held_[key.bytes];
  if (held.bytes != *bytes) {
    held.table = std::make_shared<const Table>(decode_table(*bytes, where));
    held.bytes = std::move(*bytes);
  }
  return held.table;
}

TablePtr Catalog::require(store::Reader& reader, const TableName& where) {
  TablePtr table = find(reader, where);
  if (table == nullptr) throw ResourceNotFoundException("Requested resource not found");
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

void Catalog::save(store::Tx& tx, Table& table) {
  ++table.revision;
  tx.put(table_key(table.where), encode(table));
  for (size_t partition = 0; partition < kPartitions; ++partition) {
    tx.put(revision_key(table, partition), revision_bytes(table.revision));
  }
}

void Catalog::erase_entries(store::Tx& tx, const Table& table, const Index& index) {
  erase_rows(tx, Rows::entries(table, index));
}

void Catalog::erase(store::Tx& tx, const Table& table) {
  for (const Index& index : table.indexes) erase_entries(tx, table, index);
  erase_rows(tx, Rows::items(table));
  for (size_t partition = 0; partition < kPartitions; ++partition) {
    tx.del(revision_key(table, partition));
    tx.del(usage_key(table, partition));
  }
  tx.del(table_key(table.where));
}

bool Catalog::is_current(store::Reader& reader, const Table& table, size_t partition) const {
  return reader.get(revision_key(table, partition)) == revision_bytes(table.revision);
}

}  // namespace haneul::dynamodb
