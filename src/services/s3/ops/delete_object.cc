// DeleteObject, DeleteObjects, and the tags of objects.
#include "services/s3/keys.h"
#include "services/s3/objects.h"
#include "services/s3/ops/body_digest.h"
#include "services/s3/ops/object_ops.h"

namespace haneul::s3 {

using platform::Exchange;
using platform::Request;

namespace {

void require_unchanged(const std::optional<ObjectRecord>& current, const std::optional<std::string>& if_match,
                       const std::optional<Timestamp>& modified_at, const std::optional<int64_t>& size) {
  const bool holds = current && (!if_match || etag_matches(*if_match, current->etag)) &&
                     (!modified_at || std::chrono::floor<Seconds>(*modified_at) ==
                                          std::chrono::floor<Seconds>(current->modified_at)) &&
                     (!size || static_cast<uint64_t>(*size) == current->size);
  if (holds) return;
  PreconditionFailed error("At least one of the pre-conditions you specified did not hold");
  error.with("Condition", "If-Match");
  throw error;
}

void refuse_bypass(const std::optional<bool>& bypass) {
  if (!bypass.value_or(false)) return;
  InvalidArgument error(
      "x-amz-bypass-governance-retention is only applicable to Object Lock enabled buckets.");
  error.with("ArgumentName", "x-amz-bypass-governance-retention");
  throw error;
}

}  // namespace

ObjectOps::Deleted ObjectOps::remove(const Request& request, const BucketState& seen,
                                     const Deletion& deletion) {
  const uint64_t order = core_.next_order();
  const std::string random_hex = core_.random.hex(16);
  const bool has_condition = deletion.if_match || deletion.if_modified_at || deletion.if_size;
  return core_.db.write(keys::bucket_scope(seen.name()), [&](store::Tx& tx) {
    const BucketPtr bucket = core_.require_same(tx, seen);
    ObjectWriter writer(tx, *bucket, *core_.garbage);
    const auto current = find_object(tx, bucket->name(), deletion.key, deletion.version_id);
    if (has_condition && (current || !deletion.if_match || *deletion.if_match != "*")) {
      require_unchanged(current, deletion.if_match, deletion.if_modified_at, deletion.if_size);
    }
    Deleted out;
    if (deletion.version_id) {
      out.version = writer.remove_version(deletion.key, *deletion.version_id);
      if (out.version) {
        events_.record(
            tx, request, *bucket,
            {.name = "ObjectRemoved:Delete", .key = deletion.key, .detail = Event::Detail::kKeyOnly},
            *out.version);
      }
      return out;
    }
    ObjectRecord marker{.order = order, .modified_at = request.now};
    out.marker = writer.remove(deletion.key, marker, random_hex);
    if (out.marker) {
      events_.record(tx, request, *bucket, {.name = "ObjectRemoved:DeleteMarkerCreated", .key = deletion.key},
                     *out.marker);
    } else if (current) {
      marker.order = std::max(order, current->order + 1);
      events_.record(tx, request, *bucket,
                     {.name = "ObjectRemoved:Delete", .key = deletion.key, .detail = Event::Detail::kKeyOnly},
                     marker);
    }
    return out;
  });
}

Task<DeleteObjectOutput> ObjectOps::delete_object(const Request& request, const DeleteObjectInput& in,
                                                  Exchange&) {
  refuse_bypass(in.bypass_governance_retention);
  const BucketPtr bucket = core_.require_bucket(request, in.bucket, in.expected_bucket_owner);
  const Deleted done = remove(request, *bucket,
                              {.key = in.key,
                               .version_id = in.version_id,
                               .if_match = in.if_match,
                               .if_modified_at = in.if_match_last_modified_time,
                               .if_size = in.if_match_size});
  DeleteObjectOutput out;
  if (done.marker) {
    out.delete_marker = true;
    out.version_id = done.marker->version_id;
  } else if (in.version_id) {
    out.version_id = in.version_id;
    if (done.version && done.version->is_delete_marker) out.delete_marker = true;
  }
  co_return out;
}

DeleteObjectsOutput ObjectOps::delete_objects(const Request& request, const DeleteObjectsInput& in) {
  require_body_digest(request);
  refuse_bypass(in.bypass_governance_retention);
  const BucketPtr bucket = core_.require_bucket(request, in.bucket, in.expected_bucket_owner);
  if (in.delete_.objects.empty() || in.delete_.objects.size() > kDeleteKeysMax) throw_malformed_xml();
  DeleteObjectsOutput out;
  std::vector<DeletedObject> deleted;
  std::vector<Error> errors;
  const auto fail = [&](const ObjectIdentifier& object, std::string_view code, std::string message) {
    errors.push_back({.key = object.key,
                      .version_id = object.version_id,
                      .code = std::string(code),
                      .message = std::move(message)});
  };
  for (const ObjectIdentifier& object : in.delete_.objects) {
    Question question{.action = object.version_id ? "s3:DeleteObjectVersion" : "s3:DeleteObject",
                      .resource = bucket->object_arn(object.key)};
    if (object.version_id) question.keys["s3:VersionId"] = {*object.version_id};
    const platform::Verdict verdict =
        core_.authorizer->judge(request, core_.check(request, *bucket, std::move(question)));
    if (!verdict.allowed) {
      fail(object, "AccessDenied", verdict.message);
      continue;
    }
    try {
      const Deleted done = remove(request, *bucket,
                                  {.key = object.key,
                                   .version_id = object.version_id,
                                   .if_match = object.etag,
                                   .if_modified_at = object.last_modified_time,
                                   .if_size = object.size});
      DeletedObject told{.key = object.key, .version_id = object.version_id};
      if (done.marker) told.delete_marker_version_id = done.marker->version_id;
      if (done.version && done.version->is_delete_marker) told.delete_marker_version_id = object.version_id;
      if (told.delete_marker_version_id) told.delete_marker = true;
      deleted.push_back(std::move(told));
    } catch (const model::ServiceError& error) {
      fail(object, error.shape().code, error.message());
    }
  }
  if (!in.delete_.quiet.value_or(false)) out.deleted = std::move(deleted);
  if (!errors.empty()) out.errors = std::move(errors);
  return out;
}

template <class In>
ObjectRecord ObjectOps::change_tags(const Request& request, const In& in, Tags tags, const char* event) {
  const BucketPtr seen = core_.require_bucket(request, in.bucket, in.expected_bucket_owner);
  return core_.db.write(keys::bucket_scope(seen->name()), [&](store::Tx& tx) {
    const BucketPtr bucket = core_.require_same(tx, *seen);
    auto record = find_object(tx, bucket->name(), in.key, in.version_id);
    if (!record && in.version_id) throw NoSuchVersion("The specified version does not exist.");
    if (!record) core_.throw_no_such_key(request, *bucket, in.key);
    if (record->is_delete_marker) {
      throw MethodNotAllowed("The specified method is not allowed against this resource.");
    }
    record->tags = tags;
    ObjectWriter(tx, *bucket, *core_.garbage).replace(in.key, *record);
    ObjectRecord told = *record;
    told.order = core_.next_order();  // a sequencer of its own, above that of the object's making
    events_.record(tx, request, *bucket, {.name = event, .key = in.key}, told);
    return *record;
  });
}

PutObjectTaggingOutput ObjectOps::put_object_tagging(const Request& request,
                                                     const PutObjectTaggingInput& in) {
  require_body_digest(request);
  const ObjectRecord record = change_tags(request, in, object_tags(in.tagging.tag_set), "ObjectTagging:Put");
  PutObjectTaggingOutput out;
  if (record.version_id != kNullVersion || in.version_id) out.version_id = record.version_id;
  return out;
}

DeleteObjectTaggingOutput ObjectOps::delete_object_tagging(const Request& request,
                                                           const DeleteObjectTaggingInput& in) {
  const ObjectRecord record = change_tags(request, in, {}, "ObjectTagging:Delete");
  DeleteObjectTaggingOutput out;
  if (record.version_id != kNullVersion || in.version_id) out.version_id = record.version_id;
  return out;
}

GetObjectTaggingOutput ObjectOps::get_object_tagging(const Request& request,
                                                     const GetObjectTaggingInput& in) {
  const BucketPtr bucket = core_.require_bucket(request, in.bucket, in.expected_bucket_owner);
  const auto record = core_.db.read(
      [&](store::ReadTx& tx) { return find_object(tx, bucket->name(), in.key, in.version_id); });
  if (!record && in.version_id) throw NoSuchVersion("The specified version does not exist.");
  if (!record) core_.throw_no_such_key(request, *bucket, in.key);
  if (record->is_delete_marker) {
    throw MethodNotAllowed("The specified method is not allowed against this resource.");
  }
  GetObjectTaggingOutput out;
  out.version_id = told_version(*bucket, *record);
  out.tag_set = to_tag_set(record->tags);
  return out;
}

}  // namespace haneul::s3
