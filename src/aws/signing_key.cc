#include "aws/signing_key.h"

#include <algorithm>
#include <functional>

namespace haneul::aws {

SigningKey derive_signing_key(std::string_view secret, const KeyScope& scope) {
  std::string seed = "AWS4";
  seed.append(secret);
  HmacSha256 key = hmac_sha256(seed, scope.date);
  key = hmac_sha256(view(key), scope.region);
  key = hmac_sha256(view(key), scope.service);
  return hmac_sha256(view(key), "aws4_request");
}

SigningKeyCache::SigningKeyCache(size_t keys_max)
    : keys_per_shard_max_(std::max<size_t>(1, keys_max / kShards)) {}

SigningKey SigningKeyCache::get(std::string_view secret, const KeyScope& scope) {
  // '\n' occurs in none of the parts of a well-formed scope, and the lengths of a hostile one are part of the
  // name.
  std::string name = std::to_string(secret.size());
  for (const std::string_view part : {secret, scope.date, scope.region, scope.service}) {
    name.append("\n").append(part);
  }
  Shard& shard = shards_[std::hash<std::string>{}(name) % kShards];
  {
    const std::lock_guard lock(shard.mutex);
    const auto found = shard.keys.find(name);
    if (found != shard.keys.end()) return found->second;
  }
  const SigningKey key = derive_signing_key(secret, scope);
  const std::lock_guard lock(shard.mutex);
  if (!shard.keys.emplace(name, key).second) return key;
  shard.order.push_back(std::move(name));
  if (shard.order.size() > keys_per_shard_max_) {
    shard.keys.erase(shard.order.front());
    shard.order.pop_front();
  }
  return key;
}

}  // namespace haneul::aws
