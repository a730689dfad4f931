#include "services/s3/buckets.h"

#include <algorithm>

#include "aws/policy/pins.h"
#include "base/text.h"
#include "services/s3/keys.h"
#include "services/s3/policy_status.h"
#include "store/record.h"

namespace haneul::s3 {

namespace {

BucketPtr make_bucket(std::string_view row) {
  auto bucket = std::make_shared<BucketState>();
  bucket->record = bucket_from(store::decode_record(row));
  if (!bucket->record.policy.empty()) {
    const BucketRecord& record = bucket->record;
    bucket->policy =
        aws::policy::parse_policy(aws::policy::replace_principals(record.policy, record.policy_pins),
                                  aws::policy::PolicyKind::kResource);
    bucket->is_policy_public = is_public_policy(bucket->record.policy);
  }
  return bucket;
}

bool is_like_an_address(std::string_view name) {
  const auto parts = split(name, '.');
  return parts.size() == 4 && std::ranges::all_of(parts, [](std::string_view part) {
           return !part.empty() && part.size() <= 3 && parse_int(part).has_value();
         });
}

}  // namespace

BucketPtr Buckets::find(store::Reader& tx, std::string_view name) {
  const std::string key(name);
  auto row = tx.get(keys::bucket_row(name));
  if (!row) return nullptr;
  Shard& shard = shards_[std::hash<std::string>{}(key) % kShards];
  {
    const std::lock_guard lock(shard.mutex);
    const auto found = shard.entries.find(key);
    if (found != shard.entries.end() && found->second.row == *row) return found->second.bucket;
  }
  BucketPtr bucket = make_bucket(*row);
  const std::lock_guard lock(shard.mutex);
  if (shard.entries.size() >= kCachedPerShardMax) shard.entries.clear();
  shard.entries[key] = {std::move(*row), bucket};
  return bucket;
}

BucketPtr Buckets::find(std::string_view name) {
  return db_.read([&](store::ReadTx& tx) { return find(tx, name); });
}

void Buckets::put(store::Tx& tx, const BucketRecord& record) const {
  tx.put(keys::bucket_row(record.name), store::encode_record(to_document(record)));
}

bool is_bucket_name(std::string_view name) {
  const auto is_edge = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  if (name.size() < 3 || name.size() > 63 || !is_edge(name.front()) || !is_edge(name.back())) return false;
  for (const char c : name) {
    if (!is_edge(c) && c != '-' && c != '.') return false;
  }
  if (name.find("..") != std::string_view::npos || is_like_an_address(name)) return false;
  for (const std::string_view prefix : {"xn--", "sthree-", "amzn-s3-demo-"}) {
    if (name.starts_with(prefix)) return false;
  }
  for (const std::string_view suffix : {"-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"}) {
    if (name.ends_with(suffix)) return false;
  }
  return true;
}

}  // namespace haneul::s3
