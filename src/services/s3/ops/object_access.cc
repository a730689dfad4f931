// What the operations on objects need to be allowed. S3 user guide, "Required permissions for Amazon S3 API
// operations".
#include <algorithm>

#include "aws/policy/policy.h"
#include "aws/policy/principal.h"
#include "platform/auth_errors.h"
#include "services/s3/objects.h"
#include "services/s3/ops/object_ops.h"

namespace haneul::s3 {

using platform::AccessChecks;
using platform::Effect;
using platform::Request;
using platform::Unsigned;

namespace {

// Whether there is a key, a version and a moment for which the statement could allow it.
bool lets_strangers_delete(const aws::policy::Statement& statement) {
  using aws::policy::Statement;
  const aws::policy::Principal stranger{.kind = aws::policy::Principal::Kind::kAnonymous};
  if (statement.effect != Statement::Effect::kAllow) return false;
  if (aws::policy::principal_reach(statement, stranger) == aws::policy::Reach::kNone) return false;
  const aws::policy::Context context;
  const auto names = [&](std::string_view action) {
    const bool any = std::ranges::any_of(
        statement.actions, [&](const auto& pattern) { return pattern.matches(action, context); });
    return any == (statement.action_sense == Statement::Sense::kPositive);
  };
  return names("s3:DeleteObject") || names("s3:DeleteObjectVersion");
}

}  // namespace

// Actions on a named version are actions of their own; tags that are there count as condition keys.
template <class In>
AccessChecks ObjectOps::object_access(const Request& request, const In& in, std::string action) const {
  const BucketPtr bucket = core_.require_bucket(request, in.bucket, in.expected_bucket_owner);
  Question question{.action = std::move(action), .resource = bucket->object_arn(in.key)};
  if (in.version_id) {
    const bool is_tagging = question.action.ends_with("Tagging");
    const size_t stem = question.action.size() - (is_tagging ? 7 : 0);
    question.action.insert(stem, "Version");
    question.keys["s3:VersionId"] = {*in.version_id};
  }
  const auto record = core_.db.read(
      [&](store::ReadTx& tx) { return find_object(tx, bucket->name(), in.key, in.version_id); });
  if (record) add_existing_tags(record->tags, question.keys);
  if constexpr (requires { in.tagging.tag_set; }) {
    add_request_tags(object_tags(in.tagging.tag_set), question.keys);
  }
  return {core_.check(request, *bucket, std::move(question))};
}

AccessChecks ObjectOps::put_access(const Request& request, const PutObjectInput& in) const {
  const BucketPtr bucket = core_.require_bucket(request, in.bucket, in.expected_bucket_owner);
  ConditionKeys keys = write_keys(in);
  AccessChecks checks;
  const std::string arn = bucket->object_arn(in.key);
  if (in.tagging) add_request_tags(parse_tag_header(*in.tagging), keys);
  if (in.tagging) {
    checks.push_back(
        core_.check(request, *bucket, {.action = "s3:PutObject", .resource = arn, .keys = keys}));
    checks.push_back(core_.check(request, *bucket, {"s3:PutObjectTagging", arn, std::move(keys)}));
  } else {
    checks.push_back(core_.check(request, *bucket, {"s3:PutObject", arn, std::move(keys)}));
  }
  return checks;
}

AccessChecks ObjectOps::copy_access(const Request& request, const CopyObjectInput& in) const {
  const CopySource source = parse_copy_source(in.copy_source);
  const BucketPtr from = core_.require_bucket(request, source.bucket, in.expected_source_bucket_owner);
  const BucketPtr to = core_.require_bucket(request, in.bucket, in.expected_bucket_owner);
  const auto record = core_.db.read(
      [&](store::ReadTx& tx) { return find_object(tx, from->name(), source.key, source.version_id); });
  ConditionKeys read_keys;
  if (record) add_existing_tags(record->tags, read_keys);
  if (source.version_id) read_keys["s3:VersionId"] = {*source.version_id};
  const std::string version = source.version_id ? "Version" : "";
  const std::string from_arn = from->object_arn(source.key);
  const std::string to_arn = to->object_arn(in.key);
  ConditionKeys keys = write_keys(in);
  keys["s3:x-amz-copy-source"] = {source.bucket + "/" + source.key};
  if (in.metadata_directive) keys["s3:x-amz-metadata-directive"] = {*in.metadata_directive};
  const bool replaces_tags = in.tagging_directive == "REPLACE";
  const bool keeps_tags = !replaces_tags && record && !record->tags.empty();
  if (replaces_tags && in.tagging) add_request_tags(parse_tag_header(*in.tagging), keys);
  if (keeps_tags) add_request_tags(record->tags, keys);
  AccessChecks checks;
  checks.push_back(core_.check(request, *from, {"s3:GetObject" + version, from_arn, read_keys}));
  if (keeps_tags) {
    checks.push_back(
        core_.check(request, *from, {"s3:GetObject" + version + "Tagging", from_arn, read_keys}));
  }
  checks.push_back(core_.check(request, *to, {"s3:PutObject", to_arn, keys}));
  if (keeps_tags || (replaces_tags && in.tagging)) {
    checks.push_back(core_.check(request, *to, {"s3:PutObjectTagging", to_arn, keys}));
  }
  return checks;
}

bool ObjectOps::may_strangers_delete(const Request& request, const BucketState& bucket) const {
  // A policy that restricted public access keeps out of the check is not asked.
  const auto policy = core_.check(request, bucket, {"s3:DeleteObject", bucket.arn()}).resource_policy;
  return policy != nullptr && std::ranges::any_of(policy->statements(), lets_strangers_delete);
}

void ObjectOps::register_operations(platform::OperationTable& table) {
  const auto on_object = [this](const char* action) {
    return [this, action](const Request& r, const auto& in) { return object_access(r, in, action); };
  };
  table.add_parking<op::PutObject>(
      {.access = [this](const Request& r, const PutObjectInput& in) { return put_access(r, in); },
       .run = platform::bind_run(this, &ObjectOps::put_object),
       .unsigned_requests = Unsigned::kByResourcePolicy});
  table.add_parking<op::CopyObject>(
      {.access = [this](const Request& r, const CopyObjectInput& in) { return copy_access(r, in); },
       .run = platform::bind_run(this, &ObjectOps::copy_object),
       .unsigned_requests = Unsigned::kByResourcePolicy});
  table.add_parking<op::GetObject>({.access = on_object("s3:GetObject"),
                                    .run = platform::bind_run(this, &ObjectOps::get_object),
                                    .effect = Effect::kReadOnly,
                                    .unsigned_requests = Unsigned::kByResourcePolicy});
  table.add_parking<op::HeadObject>({.access = on_object("s3:GetObject"),
                                     .run = platform::bind_run(this, &ObjectOps::head_object),
                                     .effect = Effect::kReadOnly,
                                     .unsigned_requests = Unsigned::kByResourcePolicy});
  table.add_parking<op::GetObjectAttributes>(
      {.access =
           [this](const Request& r, const GetObjectAttributesInput& in) {
             AccessChecks checks = object_access(r, in, "s3:GetObject");
             checks.push_back(object_access(r, in, "s3:GetObjectAttributes").front());
             if (in.version_id) checks.back().action = "s3:GetObjectVersionAttributes";
             return checks;
           },
       .run = platform::bind_run(this, &ObjectOps::get_object_attributes),
       .effect = Effect::kReadOnly,
       .unsigned_requests = Unsigned::kByResourcePolicy});
  table.add_parking<op::DeleteObject>({.access = on_object("s3:DeleteObject"),
                                       .run = platform::bind_run(this, &ObjectOps::delete_object),
                                       .unsigned_requests = Unsigned::kByResourcePolicy});
  table.add<op::DeleteObjects>(
      {// The keys are judged one by one where they are deleted; the bucket's own rules come first.
       .access = [this](const Request& r, const DeleteObjectsInput& in) -> AccessChecks {
         const BucketPtr bucket = core_.require_bucket(r, in.bucket, in.expected_bucket_owner);
         const bool is_stranger = r.caller.kind == platform::Caller::Kind::kAnonymous;
         if (is_stranger && !may_strangers_delete(r, *bucket)) {
           platform::throw_access_denied(r, "Access Denied");
         }
         return {};
       },
       .run = platform::bind_run(this, &ObjectOps::delete_objects),
       .unsigned_requests = Unsigned::kByResourcePolicy});
  table.add<op::PutObjectTagging>({.access = on_object("s3:PutObjectTagging"),
                                   .run = platform::bind_run(this, &ObjectOps::put_object_tagging)});
  table.add<op::GetObjectTagging>({.access = on_object("s3:GetObjectTagging"),
                                   .run = platform::bind_run(this, &ObjectOps::get_object_tagging),
                                   .effect = Effect::kReadOnly,
                                   .unsigned_requests = Unsigned::kByResourcePolicy});
  table.add<op::DeleteObjectTagging>({.access = on_object("s3:DeleteObjectTagging"),
                                      .run = platform::bind_run(this, &ObjectOps::delete_object_tagging)});
}

}  // namespace haneul::s3
