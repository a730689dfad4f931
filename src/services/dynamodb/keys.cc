#include "services/dynamodb/keys.h"

#include <fmt/format.h>

#include "aws/digest.h"
#include "services/dynamodb/streams/stream.h"

namespace haneul::dynamodb {
namespace {

constexpr std::string_view kTable = "dynamodb/table";
constexpr const char* kItem = "dynamodb/item";
constexpr const char* kEntry = "dynamodb/entry";
constexpr std::string_view kRevision = "dynamodb/revision";
constexpr std::string_view kUsage = "dynamodb/usage";
constexpr const char* kUndo = "dynamodb/undo";
constexpr std::string_view kUndoHead = "dynamodb/undo-head";
constexpr std::string_view kStream = "dynamodb/stream";
constexpr std::string_view kSequence = "dynamodb/sequence";
constexpr std::string_view kChange = "dynamodb/change";
constexpr std::string_view kToken = "dynamodb/token";
constexpr size_t kDigestBytes = 16;
constexpr size_t kTokenScopes = 16;

store::KeyWriter catalog(const AccountId& account, const Region& region) {
  store::KeyWriter writer(catalog_scope(account, region));
  writer.text(kTable).text(account.str()).text(region.str());
  return writer;
}

// A value's bytes with its type, so that no two key values share them.
std::string key_bytes(const Value& value) {
  std::string out(type_code(value.type()));
  if (const std::string* text = value.string()) return out + *text;
  if (const std::string* bytes = value.binary()) return out + *bytes;
  if (const Number* number = value.number()) number->append_key(out);
  return out;
}

std::string table_resource(const Table& table) { return fmt::format("table/{}", table.number); }

store::Key beside_items(const Table& table, size_t partition, std::string_view kind) {
  store::KeyWriter writer(Rows::items(table).scope(partition));
  // The partition is in the key as well: two partitions may share a shard.
  return writer.text(kind).u64(table.number).u64(partition).key();
}

}  // namespace

store::Scope catalog_scope(const AccountId& account, const Region& region) {
  return store::make_scope(account, region, "dynamodb", "tables");
}

store::Key table_key(const TableName& table) {
  return catalog(table.account, table.region).text(table.name).key();
}

store::KeyRange tables_range(const AccountId& account, const Region& region) {
  return catalog(account, region).range();
}

std::string table_name_of(std::string_view key) { return table_at(key).name; }

TableName table_at(std::string_view key) {
  store::KeyReader reader(key);
  reader.text();
  TableName out;
  out.account = AccountId(reader.text());
  out.region = Region(reader.text());
  out.name = reader.text();
  return out;
}

store::KeyRange all_tables_in(store::Shard shard) {
  return store::KeyWriter(store::Scope{shard}).text(kTable).range();
}

std::string digest_of(const Value& hash) { return aws::sha256(key_bytes(hash)).substr(0, kDigestBytes); }

size_t partition_of(std::string_view digest) { return static_cast<unsigned char>(digest[0]) >> 2; }

std::string sort_bytes(const Value* range) {
  if (range == nullptr) return {};
  if (const std::string* text = range->string()) return *text;
  if (const std::string* bytes = range->binary()) return *bytes;
  std::string out;
  if (const Number* number = range->number()) number->append_key(out);
  return out;
}

ItemKey item_key(const KeySchema& keys, const Attributes& holder) {
  return {.digest = digest_of(*holder.find(keys.hash)),
          .sort = sort_bytes(keys.range ? holder.find(*keys.range) : nullptr)};
}

Rows Rows::items(const Table& table) {
  Rows out;
  out.resource_ = table_resource(table);
  out.account_ = table.where.account;
  out.region_ = table.where.region;
  out.kind_ = kItem;
  out.number_ = table.number;
  return out;
}

Rows Rows::entries(const Table& table, const Index& index) {
  Rows out = items(table);
  if (!index.is_local()) out.resource_ = fmt::format("index/{}", index.number);
  out.kind_ = kEntry;
  out.number_ = index.number;
  return out;
}

Rows Rows::undo(const Table& table) {
  Rows out = items(table);
  out.kind_ = kUndo;
  return out;
}

store::Scope Rows::scope(size_t partition) const {
  return store::make_scope(account_, region_, "dynamodb", fmt::format("{}/{}", resource_, partition));
}

store::KeyWriter Rows::begin(size_t partition) const {
  store::KeyWriter writer(scope(partition));
  writer.text(kind_).u64(number_);
  return writer;
}

store::Key Rows::item(const ItemKey& key) const {
  return begin(partition_of(key.digest)).bytes(key.digest).bytes(key.sort).key();
}

store::Key Rows::entry(const ItemKey& key, const ItemKey& owner) const {
  const std::string name = aws::sha256(owner.digest + owner.sort).substr(0, kDigestBytes);
  return begin(partition_of(key.digest)).bytes(key.digest).bytes(key.sort).bytes(name).key();
}

store::Key Rows::undone(const ItemKey& key, Timestamp at, uint64_t sequence) const {
  return begin(partition_of(key.digest)).bytes(key.digest).bytes(key.sort).time(at).u64(sequence).key();
}

store::KeyRange Rows::all(size_t partition) const {
  // Two partitions may share a shard: the range is that of the digests of this one.
  const auto first = static_cast<char>(partition << 2);
  store::KeyRange out{.from = begin(partition).bytes(std::string(1, first) + std::string(15, '\0')).str(),
                      .to = begin(partition).range().to};
  if (partition + 1 < kPartitions) {
    const auto next = static_cast<char>((partition + 1) << 2);
    out.to = begin(partition).bytes(std::string(1, next) + std::string(15, '\0')).str();
  }
  return out;
}

store::KeyRange Rows::collection(std::string_view digest) const {
  return begin(partition_of(digest)).bytes(digest).range();
}

store::KeyRange Rows::at(const ItemKey& key) const {
  return begin(partition_of(key.digest)).bytes(key.digest).bytes(key.sort).range();
}

std::string Rows::prefix(std::string_view digest, std::string_view sort_prefix) const {
  // Bytes without their end: the smallest key whose sort key begins with the prefix.
  std::string out = begin(partition_of(digest)).bytes(digest).bytes(sort_prefix).str();
  return out.substr(0, out.size() - 2);
}

store::Key revision_key(const Table& table, size_t partition) {
  return beside_items(table, partition, kRevision);
}

store::Key usage_key(const Table& table, size_t partition) { return beside_items(table, partition, kUsage); }

store::Key undo_head_key(const Table& table, size_t partition) {
  return beside_items(table, partition, kUndoHead);
}

UndoPlace undo_at(std::string_view key) {
  store::KeyReader reader(key);
  reader.text();
  reader.u64();
  UndoPlace out;
  out.key.digest = reader.bytes();
  out.key.sort = reader.bytes();
  out.at = reader.time();
  out.sequence = reader.u64();
  return out;
}

ItemKey item_at(std::string_view key) {
  store::KeyReader reader(key);
  reader.text();
  reader.u64();
  ItemKey out;
  out.digest = reader.bytes();
  out.sort = reader.bytes();
  return out;
}

namespace {

store::KeyWriter streams_of(const AccountId& account, const Region& region) {
  store::KeyWriter writer(catalog_scope(account, region));
  writer.text(kStream).text(account.str()).text(region.str());
  return writer;
}

}  // namespace

store::Key stream_key(const TableName& table, std::string_view label) {
  return streams_of(table.account, table.region).text(table.name).text(label).key();
}

store::KeyRange streams_range(const AccountId& account, const Region& region, std::string_view table) {
  store::KeyWriter writer = streams_of(account, region);
  if (!table.empty()) writer.text(table);
  return writer.range();
}

StreamPlace stream_at(std::string_view key) {
  store::KeyReader reader(key);
  for (int i = 0; i < 3; ++i) reader.text();
  StreamPlace out;
  out.table = reader.text();
  out.label = reader.text();
  return out;
}

StreamRows::StreamRows(const TableName& table, uint64_t number)
    : scope_(store::make_scope(table.account, table.region, "dynamodb", fmt::format("stream/{}", number))),
      number_(number) {}

StreamRows::StreamRows(const Table& table) : StreamRows(table.where, table.stream->number) {}

StreamRows::StreamRows(const StreamInfo& stream) : StreamRows(stream.table, stream.number) {}

store::Key StreamRows::next() const { return store::KeyWriter(scope_).text(kSequence).u64(number_).key(); }

store::Key StreamRows::change(uint64_t sequence) const {
  return store::KeyWriter(scope_).text(kChange).u64(number_).u64(sequence).key();
}

store::KeyRange StreamRows::changes_from(uint64_t sequence) const {
  return {change(sequence).bytes, store::KeyWriter(scope_).text(kChange).u64(number_).range().to};
}

uint64_t StreamRows::sequence_of(std::string_view change_key) {
  store::KeyReader reader(change_key);
  reader.text();
  reader.u64();
  return reader.u64();
}

namespace {

store::KeyWriter tokens(store::Scope scope, uint64_t period) {
  store::KeyWriter writer(scope);
  writer.text(kToken).u64(period);
  return writer;
}

store::Scope token_scope(const TokenPlace& place) {
  const auto part = static_cast<unsigned char>(aws::sha256(place.token)[0]) % kTokenScopes;
  return store::make_scope(place.account, place.region, "dynamodb", fmt::format("tokens/{}", part));
}

}  // namespace

store::Key token_key(const TokenPlace& place, uint64_t period) {
  return tokens(token_scope(place), period)
      .text(place.account.str())
      .text(place.region.str())
      .text(place.token)
      .key();
}

store::Key token_period_key(const TokenPlace& place, uint64_t period) {
  return tokens(token_scope(place), period).key();
}

store::KeyRange token_period_range(store::Shard shard, uint64_t period) {
  return tokens(store::Scope{shard}, period).range();
}

}  // namespace haneul::dynamodb
