#include "services/dynamodb/items/usage.h"

#include "base/big_endian.h"
#include "store/errors.h"

namespace haneul::dynamodb {
namespace {

constexpr size_t kEntryBytes = 24;  // number, items, bytes: big endian

}  // namespace

Usage Usage::read(store::Reader& reader, const Table& table, size_t partition) {
  Usage out;
  const std::string bytes = reader.get(usage_key(table, partition)).value_or("");
  if (bytes.size() % kEntryBytes != 0) throw store::Corrupt("a table's usage has half an entry");
  for (size_t at = 0; at < bytes.size(); at += kEntryBytes) {
    out.amounts_[big_endian_at(bytes, at)] = {.items = static_cast<int64_t>(big_endian_at(bytes, at + 8)),
                                              .bytes = static_cast<int64_t>(big_endian_at(bytes, at + 16))};
  }
  return out;
}

Usage Usage::total(store::Reader& reader, const Table& table) {
  Usage out;
  for (size_t partition = 0; partition < kPartitions; ++partition) {
    for (const auto& [number, amount] : read(reader, table, partition).amounts_) {
      out.amounts_[number].add(amount);
    }
  }
  return out;
}

void Usage::store(store::Tx& tx, const Table& table, size_t partition) const {
  std::string bytes;
  for (const auto& [number, amount] : amounts_) {
    if (amount.items == 0 && amount.bytes == 0) continue;
    append_big_endian(bytes, number);
    append_big_endian(bytes, static_cast<uint64_t>(amount.items));
    append_big_endian(bytes, static_cast<uint64_t>(amount.bytes));
  }
  tx.put(usage_key(table, partition), std::move(bytes));
}

Amount Usage::sum() const {
  Amount out;
  for (const auto& [number, amount] : amounts_) out.add(amount);
  return out;
}

}  // namespace haneul::dynamodb
