#include "services/s3/objects.h"

#include <algorithm>

#include "services/s3/keys.h"
#include "store/record.h"

namespace haneul::s3 {

namespace {

ObjectRecord decode(std::string_view row) { return object_from(store::decode_record(row)); }
std::string encode(const ObjectRecord& record) { return store::encode_record(to_document(record)); }

std::optional<ObjectRecord> newest_behind(store::Reader& tx, std::string_view bucket, std::string_view key) {
  const store::Scope scope = keys::bucket_scope(bucket);
  const auto rows = tx.scan(scope.shard, keys::versions_of(bucket, key), {.limit = 1});
  if (rows.empty()) return std::nullopt;
  return decode(rows.front().value);
}

std::optional<uint64_t> null_order(store::Reader& tx, std::string_view bucket, std::string_view key) {
  const auto row = tx.get(keys::null_version(bucket, key));
  if (!row) return std::nullopt;
  return static_cast<uint64_t>(store::decode_record(*row).as_int());
}

}  // namespace

std::optional<ObjectRecord> find_current(store::Reader& tx, std::string_view bucket, std::string_view key) {
  const auto row = tx.get(keys::object(bucket, key));
  if (!row) return std::nullopt;
  return decode(*row);
}

std::optional<ObjectRecord> find_marker(store::Reader& tx, std::string_view bucket, std::string_view key) {
  auto newest = newest_behind(tx, bucket, key);
  if (!newest || !newest->is_delete_marker) return std::nullopt;
  return newest;
}

std::optional<ObjectRecord> find_version(store::Reader& tx, std::string_view bucket, std::string_view key,
                                         std::string_view version_id) {
  auto current = find_current(tx, bucket, key);
  if (current && current->version_id == version_id) return current;
  const auto order = version_id == kNullVersion ? null_order(tx, bucket, key) : order_of_version(version_id);
  if (!order) return std::nullopt;
  const auto row = tx.get(keys::version(bucket, key, *order));
  if (!row) return std::nullopt;
  auto record = decode(*row);
  if (record.version_id != version_id) return std::nullopt;
  return record;
}

uint64_t ObjectWriter::newest_order(std::string_view key, const std::optional<ObjectRecord>& current) {
  if (current) return current->order;
  if (!bucket_.record.has_versions()) return 0;
  const auto behind = newest_behind(tx_, bucket_.name(), key);
  return behind ? behind->order : 0;
}

void ObjectWriter::drop_payload(const ObjectRecord& record) {
  garbage_.drop(tx_, bucket_.name(), record.payload);
}

void ObjectWriter::move_behind(std::string_view key, const ObjectRecord& record) {
  tx_.put(keys::version(bucket_.name(), key, record.order), encode(record));
  if (record.version_id == kNullVersion) {
    tx_.put(keys::null_version(bucket_.name(), key), store::encode_record(Document(record.order)));
  }
}

void ObjectWriter::erase_version_row(std::string_view key, const ObjectRecord& record) {
  tx_.del(keys::version(bucket_.name(), key, record.order));
  if (record.version_id == kNullVersion) tx_.del(keys::null_version(bucket_.name(), key));
}

void ObjectWriter::drop_null_version(std::string_view key) {
  const auto order = null_order(tx_, bucket_.name(), key);
  if (!order) return;
  const auto row = tx_.get(keys::version(bucket_.name(), key, *order));
  if (!row) return;
  const ObjectRecord record = decode(*row);
  drop_payload(record);
  erase_version_row(key, record);
}

// Gives the record its place as the newest version; what was newest moves behind it, or goes.
void ObjectWriter::make_room(std::string_view key, ObjectRecord& record, std::string_view random_hex) {
  const auto current = find_current(tx_, bucket_.name(), key);
  record.order = std::max(record.order, newest_order(key, current) + 1);
  record.version_id =
      bucket_.record.keeps_versions() ? make_version_id(record.order, random_hex) : std::string(kNullVersion);
  if (current && (bucket_.record.keeps_versions() || current->version_id != kNullVersion)) {
    move_behind(key, *current);
  } else if (current) {
    drop_payload(*current);
  }
  if (bucket_.record.versioning == kSuspended) drop_null_version(key);
}

void ObjectWriter::put(std::string_view key, ObjectRecord& record, std::string_view random_hex) {
  make_room(key, record, random_hex);
  tx_.put(keys::object(bucket_.name(), key), encode(record));
}

void ObjectWriter::replace(std::string_view key, const ObjectRecord& record) {
  const auto current = find_current(tx_, bucket_.name(), key);
  const bool is_current = current && current->order == record.order;
  tx_.put(is_current ? keys::object(bucket_.name(), key) : keys::version(bucket_.name(), key, record.order),
          encode(record));
}

std::optional<ObjectRecord> ObjectWriter::remove(std::string_view key, ObjectRecord marker,
                                                 std::string_view random_hex) {
  if (!bucket_.record.has_versions()) {
    if (const auto current = find_current(tx_, bucket_.name(), key)) {
      drop_payload(*current);
      tx_.del(keys::object(bucket_.name(), key));
    }
    return std::nullopt;
  }
  marker.is_delete_marker = true;
  make_room(key, marker, random_hex);
  tx_.del(keys::object(bucket_.name(), key));
  move_behind(key, marker);
  return marker;
}

std::optional<ObjectRecord> ObjectWriter::remove_version(std::string_view key, std::string_view version_id) {
  const auto record = find_version(tx_, bucket_.name(), key, version_id);
  if (!record) return std::nullopt;
  drop_payload(*record);
  const auto current = find_current(tx_, bucket_.name(), key);
  if (current && current->order == record->order) {
    tx_.del(keys::object(bucket_.name(), key));
  } else {
    erase_version_row(key, *record);
  }
  if (!current || current->order == record->order) promote_newest(key);
  return record;
}

// After the newest version went: the one behind it is newest now, and has its place in the object row unless
// it is a marker.
void ObjectWriter::promote_newest(std::string_view key) {
  const auto newest = newest_behind(tx_, bucket_.name(), key);
  if (!newest || newest->is_delete_marker) return;
  erase_version_row(key, *newest);
  tx_.put(keys::object(bucket_.name(), key), encode(*newest));
}

}  // namespace haneul::s3
