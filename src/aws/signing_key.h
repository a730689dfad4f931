// The SigV4 signing key and a bounded cache of derived keys. AWS General Reference, "Create a signed AWS API
// request", step 4: four chained HMACs over date, region, service and "aws4_request". Deriving costs four
// HMACs, so a server keeps the keys of recent (secret, date, region, service) combinations. Thread rule: the
// cache may be used from any thread.
#pragma once

#include <array>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "aws/digest.h"

namespace haneul::aws {

struct KeyScope {
  std::string_view date;  // 20150830
  std::string_view region;
  std::string_view service;
};

using SigningKey = HmacSha256;
SigningKey derive_signing_key(std::string_view secret, const KeyScope& scope);

class SigningKeyCache {
 public:
  explicit SigningKeyCache(size_t keys_max = 4096);
  SigningKey get(std::string_view secret, const KeyScope& scope);

 private:
  struct Shard {
    std::mutex mutex;
    std::unordered_map<std::string, SigningKey> keys;
    std::deque<std::string> order;  // oldest first: what goes when the shard is full
  };
  static constexpr size_t kShards = 16;
  size_t keys_per_shard_max_;
  std::array<Shard, kShards> shards_;
};

}  // namespace haneul::aws
