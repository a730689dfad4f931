// Objects and their versions as rows: what putting and deleting does to a key's history. S3 user guide, "How
// S3 Versioning works". Functions of a transaction; no clock, no dice.
//
// Invariant: the newest version of a key is in its object row, unless it is a delete marker; all other
// versions and every delete marker are in version rows, and each has a smaller order than what is newer. At
// most one version of a key is the null version; when it is in a version row the null row holds its order.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "services/s3/buckets.h"
#include "services/s3/garbage.h"
#include "services/s3/records.h"

namespace haneul::s3 {

std::optional<ObjectRecord> find_current(store::Reader& tx, std::string_view bucket, std::string_view key);
// The newest version when it is a delete marker.
std::optional<ObjectRecord> find_marker(store::Reader& tx, std::string_view bucket, std::string_view key);
std::optional<ObjectRecord> find_version(store::Reader& tx, std::string_view bucket, std::string_view key,
                                         std::string_view version_id);

class ObjectWriter {
 public:
  ObjectWriter(store::Tx& tx, const BucketState& bucket, Garbage& garbage)
      : tx_(tx), bucket_(bucket), garbage_(garbage) {}

  // Becomes the newest version; order (at least the given one) and version id are set in the record.
  // random_hex: 16 digits for the version id.
  void put(std::string_view key, ObjectRecord& record, std::string_view random_hex);
  // The same version with other tags.
  void replace(std::string_view key, const ObjectRecord& record);

  // Without a version: the delete marker that was made, or nothing when the bucket never had versions.
  std::optional<ObjectRecord> remove(std::string_view key, ObjectRecord marker, std::string_view random_hex);
  // One version for good; empty when there was none.
  std::optional<ObjectRecord> remove_version(std::string_view key, std::string_view version_id);
  void drop_payload(const ObjectRecord& record);

 private:
  void make_room(std::string_view key, ObjectRecord& record, std::string_view random_hex);
  void move_behind(std::string_view key, const ObjectRecord& record);
  void drop_null_version(std::string_view key);
  void promote_newest(std::string_view key);
  uint64_t newest_order(std::string_view key, const std::optional<ObjectRecord>& current);
  void erase_version_row(std::string_view key, const ObjectRecord& record);

  store::Tx& tx_;
  const BucketState& bucket_;
  Garbage& garbage_;
};

}  // namespace haneul::s3
