// ListObjectVersions: the object rows and the version rows of a bucket, merged by key, newest first within a
// key.
#include "services/s3/cursor.h"
#include "services/s3/keys.h"
#include "services/s3/objects.h"
#include "services/s3/ops/list_ops.h"
#include "services/s3/ops/shared.h"
#include "store/record.h"

namespace haneul::s3 {

using platform::Request;

namespace {

struct Step {
  std::string key;
  std::string value;
  bool is_latest = false;
};

// Both tables as one sequence.
class VersionWalk {
 public:
  VersionWalk(store::Reader& tx, const BucketState& bucket, const std::string& prefix, size_t page)
      : bucket_(bucket.name()),
        objects_(tx, keys::bucket_scope(bucket.name()).shard, keys::objects_with_prefix(bucket_, prefix),
                 page),
        versions_(tx, keys::bucket_scope(bucket.name()).shard, keys::versions_with_prefix(bucket_, prefix),
                  page) {}

  void start_after_key(const std::string& key) {
    objects_.seek(store::key_after(keys::object(bucket_, key).bytes));
    versions_.seek(keys::versions_of(bucket_, key).to);
  }
  void start_after_version(const std::string& key, uint64_t order) {
    objects_.seek(store::key_after(keys::object(bucket_, key).bytes));
    versions_.seek(store::key_after(keys::version(bucket_, key, order).bytes));
    seen_key_ = key;
  }
  void skip_group(const std::string& group) {
    objects_.seek(keys::objects_with_prefix(bucket_, group).to);
    versions_.seek(keys::versions_with_prefix(bucket_, group).to);
  }

  std::optional<std::string> peek_key() {
    const store::Entry* object = objects_.peek();
    const store::Entry* version = versions_.peek();
    if (object == nullptr && version == nullptr) return std::nullopt;
    if (object == nullptr) return keys::object_of(version->key);
    if (version == nullptr) return keys::object_of(object->key);
    return std::min(keys::object_of(object->key), keys::object_of(version->key));
  }

  Step take() {
    const std::string key = *peek_key();
    const store::Entry* object = objects_.peek();
    const bool is_object = object != nullptr && keys::object_of(object->key) == key;
    Cursor& from = is_object ? objects_ : versions_;
    Step step{.key = key, .value = from.peek()->value, .is_latest = seen_key_ != key};
    from.next();
    seen_key_ = key;
    return step;
  }

 private:
  std::string bucket_;
  Cursor objects_, versions_;
  std::optional<std::string> seen_key_;  // a newer version of this key was passed
};

void start(VersionWalk& walk, store::Reader& tx, const BucketState& bucket,
           const ListObjectVersionsInput& in) {
  if (in.version_id_marker && !in.version_id_marker->empty()) {
    if (!in.key_marker || in.key_marker->empty()) {
      InvalidArgument error("A version-id marker cannot be specified without a key marker.");
      error.with("ArgumentName", "version-id-marker").with("ArgumentValue", *in.version_id_marker);
      throw error;
    }
    auto order = order_of_version(*in.version_id_marker);
    if (const auto record = find_version(tx, bucket.name(), *in.key_marker, *in.version_id_marker)) {
      order = record->order;
    }
    if (order) return walk.start_after_version(*in.key_marker, *order);
    InvalidArgument error("Invalid version id specified");
    error.with("ArgumentName", "version-id-marker").with("ArgumentValue", *in.version_id_marker);
    throw error;
  }
  if (!in.key_marker || in.key_marker->empty()) return;
  walk.start_after_key(*in.key_marker);
  const std::string group = group_of(*in.key_marker, in.prefix.value_or(""), in.delimiter.value_or(""));
  if (!group.empty()) walk.skip_group(group);
}

}  // namespace

ListObjectVersionsOutput ListOps::list_object_versions(const Request& request,
                                                       const ListObjectVersionsInput& in) {
  refuse_unsupported(in);
  const BucketPtr bucket = core_.require_bucket(request, in.bucket, in.expected_bucket_owner);
  const NameEncoding encode(in.encoding_type);
  const int max = page_size(in.max_keys, "max-keys");
  const Owner owner{.id = canonical_id(bucket->record.owner)};
  ListObjectVersionsOutput out;
  out.versions.emplace();
  out.delete_markers.emplace();
  out.common_prefixes.emplace();
  out.is_truncated = false;
  core_.db.read([&](store::ReadTx& tx) {
    VersionWalk walk(tx, *bucket, in.prefix.value_or(""), static_cast<size_t>(max) + 1);
    start(walk, tx, *bucket, in);
    std::string last_key;
    std::optional<std::string> last_version;
    for (int count = 0; max > 0; ++count) {
      const auto key = walk.peek_key();
      if (!key) break;
      if (count == max) {
        out.is_truncated = true;
        out.next_key_marker = encode(last_key);
        out.next_version_id_marker = last_version;
        break;
      }
      const std::string group = group_of(*key, in.prefix.value_or(""), in.delimiter.value_or(""));
      if (!group.empty()) {
        out.common_prefixes->push_back({.prefix = encode(group)});
        walk.skip_group(group);
        last_key = group;
        last_version.reset();
        continue;
      }
      const Step step = walk.take();
      const ObjectRecord record = object_from(store::decode_record(step.value));
      last_key = step.key;
      last_version = record.version_id;
      if (record.is_delete_marker) {
        out.delete_markers->push_back({.owner = owner,
                                       .key = encode(step.key),
                                       .version_id = record.version_id,
                                       .is_latest = step.is_latest,
                                       .last_modified = record.modified_at});
        continue;
      }
      ObjectVersion& told = out.versions->emplace_back();
      told.key = encode(step.key);
      told.version_id = record.version_id;
      told.is_latest = step.is_latest;
      told.last_modified = record.modified_at;
      told.etag = quoted_etag(record.etag);
      told.size = static_cast<int64_t>(record.size);
      told.storage_class = record.description.storage_class;
      told.owner = owner;
      if (!record.checksum.value.empty()) {
        told.checksum_algorithm = {std::string(name_of(record.checksum.algorithm))};
        told.checksum_type = std::string(name_of(record.checksum.type));
      }
    }
  });
  out.name = bucket->name();
  out.prefix = encode(in.prefix.value_or(""));
  out.delimiter = encode(in.delimiter);
  out.key_marker = encode(in.key_marker.value_or(""));
  out.version_id_marker = in.version_id_marker.value_or("");
  out.max_keys = max;
  out.encoding_type = in.encoding_type;
  return out;
}

}  // namespace haneul::s3
