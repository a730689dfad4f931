// Core: what all of S3's operations share: the parts they stand on, finding the bucket that a request names,
// and the access checks with S3's condition keys. Thread rule: constant after construction (the late-bound
// parts are set before the first request); any thread.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "platform/access.h"
#include "platform/authorizer.h"
#include "platform/dispatcher.h"
#include "platform/jobs.h"
#include "services/iam/port.h"
#include "services/s3/buckets.h"
#include "services/s3/garbage.h"
#include "services/s3/payload_stream.h"
#include "services/s3/receive.h"

namespace haneul::s3 {

struct Parts {
  store::Db& db;
  store::BlobStore& blobs;
  BlockingPool& pool;
  platform::Jobs& jobs;
  const Clock& clock;
  Random& random;
  iam::Principals* principals = nullptr;  // without it, policies are kept by name alone
};

using ConditionKeys = std::map<std::string, std::vector<std::string>>;

// One action on one resource of a bucket, with what the request adds to the condition keys.
struct Question {
  std::string action;  // "s3:GetObject"
  std::string resource;
  ConditionKeys keys = {};
};

class Core {
 public:
  explicit Core(const Parts& parts);
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  // The bucket a request may speak about: throws NoSuchBucket, or what tells the client its region, or
  // AccessDenied when another owner was expected.
  BucketPtr require_bucket(const platform::Request& request, const std::string& name,
                           const std::optional<std::string>& expected_owner) const;
  // Inside a transaction, after the first look: the same bucket, of the same owner.
  BucketPtr require_same(store::Reader& tx, const BucketState& seen) const;

  platform::AccessCheck check(const platform::Request& request, const BucketState& bucket,
                              Question question) const;
  bool is_allowed(const platform::Request& request, const BucketState& bucket, Question question) const;
  // Throws NoSuchKey, or AccessDenied to those who may not list the bucket.
  [[noreturn]] void throw_no_such_key(const platform::Request& request, const BucketState& bucket,
                                      const std::string& key) const;

  // A number above every one given before; the object writer lifts it above those of its key.
  uint64_t next_order() const;

  store::Db& db;
  store::BlobStore& blobs;
  BlockingPool& pool;
  platform::Jobs& jobs;
  const Clock& clock;
  Random& random;
  platform::Dispatcher* dispatcher = nullptr;
  const platform::Authorizer* authorizer = nullptr;

  mutable Buckets buckets;
  std::shared_ptr<Garbage> garbage;
  mutable Receiver receiver;
  mutable PayloadStreams streams;
  iam::Principals* principals;  // may be null

 private:
  mutable std::atomic<uint64_t> last_order_{0};
};

// The access declaration of an operation on a bucket as a whole:
// `core.bucket_access<Input>("s3:GetBucketTagging")`.
template <class Input>
auto bucket_access(const Core& core, const char* action) {
  return [&core, action](const platform::Request& request, const Input& in) -> platform::AccessChecks {
    const BucketPtr bucket = core.require_bucket(request, in.bucket, in.expected_bucket_owner);
    return {core.check(request, *bucket, {.action = action, .resource = bucket->arn()})};
  };
}

// "User" owner of a bucket as lists show it: the canonical user id, made from the account's.
std::string canonical_id(const AccountId& account);

}  // namespace haneul::s3
