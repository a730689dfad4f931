#include "services/s3/core.h"

#include <algorithm>

#include "aws/digest.h"
#include "base/text.h"
#include "gen/s3/errors.h"

namespace haneul::s3 {

using platform::Caller;

namespace {

NoSuchBucket no_such_bucket(const std::string& name) {
  NoSuchBucket error("The specified bucket does not exist");
  error.with("BucketName", name);
  return error;
}

bool is_signed_by_query(const platform::Request& request) {
  return request.headers != nullptr && request.headers->find("Authorization") == nullptr;
}

// Each region answers for its own buckets; a client that asked another one is told where to go.
[[noreturn]] void throw_other_region(const platform::Request& request, const BucketRecord& bucket) {
  if (is_signed_by_query(request)) {
    AuthorizationQueryParametersError error("Error parsing the X-Amz-Credential parameter; the region '" +
                                            request.region.str() + "' is wrong; expecting '" +
                                            bucket.region.str() + "'");
    error.with("Region", bucket.region.str());
    throw error;
  }
  AuthorizationHeaderMalformed error("The authorization header is malformed; the region '" +
                                     request.region.str() + "' is wrong; expecting '" + bucket.region.str() +
                                     "'");
  error.with("Region", bucket.region.str());
  throw error;
}

// Public access that is blocked reaches nobody but the owner's account and services.
bool may_use_policy(const platform::Request& request, const BucketState& bucket) {
  const auto& block = bucket.record.public_access;
  const bool is_restricted = block && block->restrict_public_buckets.value_or(false);
  if (!is_restricted || !bucket.is_policy_public) return true;
  return request.caller.kind == Caller::Kind::kService || request.caller.account == bucket.record.owner;
}

// The root user of the owner can always mend a policy that locks everybody out.
bool is_owner_mending_policy(const platform::Request& request, const BucketState& bucket,
                             const std::string& action) {
  return request.caller.kind == Caller::Kind::kRoot && request.caller.account == bucket.record.owner &&
         (action == "s3:GetBucketPolicy" || action == "s3:PutBucketPolicy" ||
          action == "s3:DeleteBucketPolicy");
}

}  // namespace

Core::Core(const Parts& parts)
    : db(parts.db),
      blobs(parts.blobs),
      pool(parts.pool),
      jobs(parts.jobs),
      clock(parts.clock),
      random(parts.random),
      buckets(parts.db),
      garbage(std::make_shared<Garbage>(parts.blobs, parts.pool)),
      receiver(parts.blobs, parts.pool, parts.random, garbage),
      streams(parts.blobs, parts.pool, garbage),
      principals(parts.principals) {}

BucketPtr Core::require_bucket(const platform::Request& request, const std::string& name,
                               const std::optional<std::string>& expected_owner) const {
  BucketPtr bucket = buckets.find(name);
  if (!bucket) throw no_such_bucket(name);
  const bool is_anonymous = request.caller.kind == Caller::Kind::kAnonymous;
  if (!is_anonymous && request.region != bucket->record.region) {
    throw_other_region(request, bucket->record);
  }
  if (expected_owner && *expected_owner != bucket->record.owner.str()) throw AccessDenied("Access Denied");
  return bucket;
}

BucketPtr Core::require_same(store::Reader& tx, const BucketState& seen) const {
  BucketPtr bucket = buckets.find(tx, seen.name());
  if (!bucket || bucket->record.owner != seen.record.owner ||
      bucket->record.created_at != seen.record.created_at) {
    throw no_such_bucket(seen.name());
  }
  return bucket;
}

platform::AccessCheck Core::check(const platform::Request& request, const BucketState& bucket,
                                  Question question) const {
  platform::AccessCheck out;
  const bool is_anonymous = request.caller.kind == Caller::Kind::kAnonymous;
  if (may_use_policy(request, bucket) && !is_owner_mending_policy(request, bucket, question.action)) {
    out.resource_policy = bucket.policy;
  }
  out.resource_account = bucket.record.owner;
  out.context = std::move(question.keys);
  out.context["s3:ResourceAccount"] = {bucket.record.owner.str()};
  if (request.headers != nullptr && !is_anonymous) {
    out.context["s3:authType"] = {is_signed_by_query(request) ? "REST-QUERY-STRING" : "REST-HEADER"};
    out.context["s3:signatureversion"] = {"AWS4-HMAC-SHA256"};
  }
  out.action = std::move(question.action);
  out.resource = std::move(question.resource);
  return out;
}

bool Core::is_allowed(const platform::Request& request, const BucketState& bucket, Question question) const {
  return authorizer != nullptr &&
         authorizer->judge(request, check(request, bucket, std::move(question))).allowed;
}

void Core::throw_no_such_key(const platform::Request& request, const BucketState& bucket,
                             const std::string& key) const {
  if (!is_allowed(request, bucket, {.action = "s3:ListBucket", .resource = bucket.arn()})) {
    platform::throw_access_denied(request, "Access Denied");
  }
  NoSuchKey error("The specified key does not exist.");
  error.with("Key", key);
  throw error;
}

uint64_t Core::next_order() const {
  const auto now = static_cast<uint64_t>(clock.now().time_since_epoch().count());
  uint64_t last = last_order_.load(std::memory_order_relaxed);
  uint64_t next = 0;
  do {
    next = std::max(last + 1, now << 16);
  } while (!last_order_.compare_exchange_weak(last, next, std::memory_order_relaxed));
  return next;
}

std::string canonical_id(const AccountId& account) {
  return aws::sha256_hex("canonical user " + account.str());
}

}  // namespace haneul::s3
