#include "services/dynamodb/items/usage.h"

#include "store/errors.h"

namespace haneul::dynamodb {
namespace {

constexpr size_t kEntryBytes = 24;  // number, items, bytes: big endian

void append(std::string& out, uint64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift);
}

uint64_t number_at(std::string_view bytes, size_t at) {
  uint64_t out = 0;
  for (size_t i = at; i < at + 8; ++i) out = out << 8 | static_cast<unsigned char>(bytes[i]);
  return out;
}

}  // namespace

Usage Usage::read(store::Reader& reader, const Table& table, size_t partition) {
  Usage out;
  const std::string bytes = reader.get(usage_key(table, partition)).value_or("");
  if (bytes.size() % kEntryBytes != 0) throw store::Corrupt("a table's usage has half an entry");
  for (size_t at = 0; at < bytes.size(); at += kEntryBytes) {
    out.amounts_[number_at(bytes, at)] = {.items = static_cast<int64_t>(number_at(bytes, at + 8)),
                                          .bytes = static_cast<int64_t>(number_at(bytes, at + 16))};
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
    append(bytes, number);
    append(bytes, static_cast<uint64_t>(amount.items));
    append(bytes, static_cast<uint64_t>(amount.bytes));
  }
  tx.put(usage_key(table, partition), std::move(bytes));
}

Amount Usage::sum() const {
  Amount out;
  for (const auto& [number, amount] : amounts_) out.add(amount);
  return out;
}

}  // namespace haneul::dynamodb
