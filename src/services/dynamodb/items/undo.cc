#include "services/dynamodb/items/undo.h"

#include <algorithm>

#include "services/dynamodb/value/record.h"

namespace haneul::dynamodb {
namespace {

struct Head {
  Timestamp at;
  uint64_t sequence = 0;
};

Head read_head(store::Reader& reader, const Table& table, size_t partition) {
  const auto bytes = reader.get(undo_head_key(table, partition));
  if (!bytes) return {};
  store::KeyReader fields(*bytes);
  Head out;
  out.at = fields.time();
  out.sequence = fields.u64();
  return out;
}

Timestamp time_after(const Head& head, const Table& table, Timestamp now) {
  return std::max({now, head.at, table.cut + Milliseconds(1)});
}

}  // namespace

Timestamp undo_time(store::Reader& reader, const Table& table, size_t partition, Timestamp now) {
  if (!table.keeps_undo()) return now;
  return time_after(read_head(reader, table, partition), table, now);
}

Timestamp newest_undo(store::Reader& reader, const Table& table, size_t partition) {
  return read_head(reader, table, partition).at;
}

void keep_undo(store::Tx& tx, const Table& table, const ItemKey& key, const Undo& undo) {
  const size_t partition = partition_of(key.digest);
  const Head head = read_head(tx, table, partition);
  const Timestamp at = time_after(head, table, undo.now);
  const store::Key head_key = undo_head_key(table, partition);
  tx.put(head_key, store::KeyWriter(store::Scope{head_key.shard}).time(at).u64(head.sequence + 1).str());
  tx.put(Rows::undo(table).undone(key, at, head.sequence + 1),
         undo.before ? encode_item(*undo.before) : std::string());
}

}  // namespace haneul::dynamodb
