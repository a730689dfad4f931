// Buckets as operations see them: the record and what follows from it. Rows are the truth; parsed forms are
// cached by the row's bytes, so a changed row is seen at once and nothing has to be invalidated. Thread rule:
// any thread.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "platform/identity.h"
#include "services/s3/records.h"
#include "store/db.h"

namespace haneul::s3 {

struct BucketState {
  BucketRecord record;
  platform::PolicyPtr policy;  // null: none
  bool is_policy_public = false;

  const std::string& name() const { return record.name; }
  std::string arn() const { return "arn:aws:s3:::" + record.name; }
  std::string object_arn(std::string_view key) const { return arn() + "/" + std::string(key); }
};
using BucketPtr = std::shared_ptr<const BucketState>;

class Buckets {
 public:
  explicit Buckets(store::Db& db) : db_(db) {}
  BucketPtr find(store::Reader& tx, std::string_view name);  // null when there is none
  BucketPtr find(std::string_view name);                     // as of the newest durable state
  void put(store::Tx& tx, const BucketRecord& record) const;

 private:
  struct Cached {
    std::string row;
    BucketPtr bucket;
  };
  static constexpr size_t kShards = 16;
  static constexpr size_t kCachedPerShardMax = 1024;
  struct Shard {
    std::mutex mutex;
    std::unordered_map<std::string, Cached> entries;
  };
  store::Db& db_;
  Shard shards_[kShards];
};

// S3 user guide, "Bucket naming rules".
bool is_bucket_name(std::string_view name);

}  // namespace haneul::s3
