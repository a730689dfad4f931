#include "services/dynamodb/backups/backup.h"

#include <fmt/format.h>

#include "gen/dynamodb/errors.h"
#include "services/dynamodb/value/record.h"
#include "store/errors.h"
#include "store/record.h"

namespace haneul::dynamodb {
namespace {

constexpr std::string_view kBackup = "dynamodb/backup";
constexpr std::string_view kSaved = "dynamodb/saved";
constexpr size_t kLengthBytes = 4;

std::string encode(const Backup& backup) {
  Document out = Document::Object{{"name", backup.name},
                                  {"system", backup.kind == Backup::Kind::kSystem},
                                  {"available", backup.is_available},
                                  {"number", backup.number},
                                  {"created", backup.created},
                                  {"items", backup.items},
                                  {"bytes", backup.bytes},
                                  {"source", Blob{encode(backup.source)}}};
  if (backup.expires) out.set("expires", *backup.expires);
  Document& readers = out.set("readers", Document::array());
  for (const std::string& reader : backup.readers) readers.push(reader);
  return store::encode_record(out);
}

Backup decode(std::string_view bytes, BackupName where) {
  const Document record = store::decode_record(bytes);
  Backup out;
  out.name = record.string_or("name", "");
  out.kind = record.find("system")->as_bool() ? Backup::Kind::kSystem : Backup::Kind::kUser;
  out.is_available = record.find("available")->as_bool();
  out.number = static_cast<uint64_t>(record.find("number")->as_int());
  out.created = record.find("created")->as_timestamp();
  if (const Document* expires = record.find("expires")) out.expires = expires->as_timestamp();
  out.items = record.find("items")->as_int();
  out.bytes = record.find("bytes")->as_int();
  out.source = decode_table(record.find("source")->as_blob(), where.table);
  for (const Document& reader : record.find("readers")->as_array()) out.readers.insert(reader.as_string());
  out.where = std::move(where);
  return out;
}

store::KeyWriter backups_of(const AccountId& account, const Region& region) {
  store::KeyWriter writer(catalog_scope(account, region));
  writer.text(kBackup).text(account.str()).text(region.str());
  return writer;
}

BackupName backup_at(std::string_view key) {
  BackupName out{.table = table_at(key), .id = {}};
  store::KeyReader reader(key);
  for (int i = 0; i < 4; ++i) reader.text();
  out.id = reader.text();
  return out;
}

store::KeyWriter chunks_of(const Backup& backup, size_t partition) {
  store::KeyWriter writer(chunk_scope(backup, partition));
  // The partition is in the key as well: two partitions may share a shard.
  writer.text(kSaved).u64(backup.number).u64(partition);
  return writer;
}

void append_length(std::string& out, size_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift);
}

size_t length_at(std::string_view bytes) {
  size_t out = 0;
  for (size_t i = 0; i < kLengthBytes; ++i) out = out << 8 | static_cast<unsigned char>(bytes[i]);
  return out;
}

}  // namespace

std::string make_id(Timestamp now, uint64_t dice) {
  return fmt::format("{:014}-{:08x}", now.time_since_epoch().count(), static_cast<uint32_t>(dice));
}

store::Key backup_key(const BackupName& where) {
  return backups_of(where.table.account, where.table.region).text(where.table.name).text(where.id).key();
}

store::KeyRange backups_range(const AccountId& account, const Region& region, std::string_view table) {
  store::KeyWriter writer = backups_of(account, region);
  if (!table.empty()) writer.text(table);
  return writer.range();
}

store::KeyRange all_backups_in(store::Shard shard) {
  return store::KeyWriter(store::Scope{shard}).text(kBackup).range();
}

Backup backup_in(std::string_view key, std::string_view value) { return decode(value, backup_at(key)); }

std::optional<Backup> find_backup(store::Reader& reader, const BackupName& where) {
  const auto bytes = reader.get(backup_key(where));
  if (!bytes) return std::nullopt;
  return decode(*bytes, where);
}

Backup require_backup(store::Reader& reader, const BackupName& where) {
  auto found = find_backup(reader, where);
  if (!found) throw BackupNotFoundException("Backup not found: " + where.arn());
  return std::move(*found);
}

void save_backup(store::Tx& tx, const Backup& backup) { tx.put(backup_key(backup.where), encode(backup)); }

void erase_backup(store::Tx& tx, const Backup& backup) {
  for (size_t partition = 0; partition < kPartitions; ++partition) {
    tx.del_range(chunk_scope(backup, partition).shard, chunks_of(backup, partition).range());
  }
  tx.del(backup_key(backup.where));
}

store::Scope chunk_scope(const Backup& backup, size_t partition) {
  const TableName& table = backup.where.table;
  return store::make_scope(table.account, table.region, "dynamodb",
                           fmt::format("backup/{}/{}", backup.number, partition));
}

void save_chunk(store::Tx& tx, const Backup& backup, const Chunk& place,
                const std::vector<Attributes>& items) {
  const store::Key key = chunks_of(backup, place.partition).u64(place.number).key();
  const store::KeyRange behind{key.bytes, chunks_of(backup, place.partition).range().to};
  if (!tx.scan(key.shard, behind, {.limit = 1, .values = store::Values::kSkip}).empty()) {
    tx.del_range(key.shard, behind);
  }
  if (items.empty()) return;
  std::string bytes;
  for (const Attributes& item : items) {
    const std::string encoded = encode_item(item);
    append_length(bytes, encoded.size());
    bytes += encoded;
  }
  tx.put(key, std::move(bytes));
}

std::optional<std::vector<Attributes>> read_chunk(store::Reader& reader, const Backup& backup,
                                                  const Chunk& place) {
  const auto bytes = reader.get(chunks_of(backup, place.partition).u64(place.number).key());
  if (!bytes) return std::nullopt;
  std::vector<Attributes> out;
  for (std::string_view rest = *bytes; !rest.empty();) {
    if (rest.size() < kLengthBytes) throw store::Corrupt("a backup's chunk ends inside an item");
    const size_t length = length_at(rest);
    rest.remove_prefix(kLengthBytes);
    if (rest.size() < length) throw store::Corrupt("a backup's chunk ends inside an item");
    out.push_back(decode_item(rest.substr(0, length)));
    rest.remove_prefix(length);
  }
  return out;
}

}  // namespace haneul::dynamodb
