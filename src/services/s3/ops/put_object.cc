// PutObject and CopyObject: new objects from a body, or from another object.
#include "services/s3/keys.h"
#include "services/s3/objects.h"
#include "services/s3/ops/object_ops.h"
#include "store/errors.h"

namespace haneul::s3 {

using platform::Exchange;
using platform::Request;

BucketPtr ObjectOps::commit(const Request& request, const BucketState& seen, NewObject& object) {
  const uint64_t order = core_.next_order();
  const std::string random_hex = seen.record.has_versions() ? core_.random.hex(16) : "";
  object.record.modified_at = request.now;
  object.record.payload = object.payload.payload();
  const store::Scope scope = keys::bucket_scope(seen.name());
  BucketPtr bucket = core_.db.write(scope, [&](store::Tx& tx) {
    BucketPtr now = core_.require_same(tx, seen);
    if (object.conditions.if_match || object.conditions.if_none_match) {
      require_write(object.conditions, find_current(tx, now->name(), object.key), object.key);
    }
    object.record.order = order;
    object.payload.write(tx, now->name());
    // Versioning may have been switched on since the bucket was first seen.
    const std::string id =
        random_hex.empty() && now->record.keeps_versions() ? core_.random.hex(16) : random_hex;
    ObjectWriter(tx, *now, *core_.garbage).put(object.key, object.record, id);
    events_.record(tx, request, *now, {.name = object.event, .key = object.key}, object.record);
    return now;
  });
  object.payload.keep();
  return bucket;
}

Task<PutObjectOutput> ObjectOps::put_object(const Request& request, const PutObjectInput& in,
                                            Exchange& exchange) {
  refuse_unsupported(in);
  refuse_acls(in);
  require_key(in.key);
  const BucketPtr seen = core_.require_bucket(request, in.bucket, in.expected_bucket_owner);
  NewObject object{.key = in.key,
                   .record = {},
                   .payload = {},
                   .conditions = {in.if_match, in.if_none_match},
                   .event = "ObjectCreated:Put"};
  object.record.description = describe(in);
  if (in.tagging) object.record.tags = parse_tag_header(*in.tagging);
  BodyPromise promise{.bytes_max = kPutBytesMax};
  if (in.content_md5) promise.content_md5 = parse_content_md5(*in.content_md5);
  promise_checksum({given_checksums(in), in.checksum_algorithm, request.headers}, promise);
  if (!exchange.body->length())
    throw MissingContentLength("You must provide the Content-Length HTTP header.");
  Received received = co_await core_.receiver.receive(*exchange.body, std::move(promise), &exchange.trailers);
  object.record.size = received.size;
  object.record.etag = received.md5;
  object.record.checksum = received.checksum;
  object.payload = std::move(received.payload);
  const BucketPtr bucket = commit(request, *seen, object);
  PutObjectOutput out;
  out.etag = quoted_etag(object.record.etag);
  set_checksum(out, object.record.checksum);
  out.version_id = bucket->record.keeps_versions() ? std::optional(object.record.version_id) : std::nullopt;
  out.server_side_encryption = told_encryption(*bucket, object.record.description);
  co_return out;
}

namespace {

// What the copy is described as: its source's words, or those of the request.
Description copy_description(const CopyObjectInput& in, const ObjectRecord& source) {
  Description out = describe(in);
  if (in.metadata_directive != "REPLACE") {
    Description kept = source.description;
    kept.storage_class = out.storage_class;
    kept.encryption = out.encryption;
    out = std::move(kept);
  }
  return out;
}

void require_change(const CopyObjectInput& in, const CopySource& source, const ObjectRecord& record) {
  const bool is_same = source.bucket == in.bucket && source.key == in.key && !source.version_id;
  const bool changes = in.metadata_directive == "REPLACE" || in.server_side_encryption ||
                       in.tagging_directive == "REPLACE" ||
                       (in.storage_class && *in.storage_class != record.description.storage_class);
  if (!is_same || changes) return;
  throw InvalidRequest(
      "This copy request is illegal because it is trying to copy an object to itself without changing the "
      "object's metadata, storage class, website redirect location or encryption attributes.");
}

}  // namespace

Task<CopyObjectOutput> ObjectOps::copy_object(const Request& request, const CopyObjectInput& in, Exchange&) {
  refuse_unsupported(in);
  refuse_acls(in);
  require_key(in.key);
  const CopySource source = parse_copy_source(in.copy_source);
  const BucketPtr from = core_.require_bucket(request, source.bucket, in.expected_source_bucket_owner);
  const BucketPtr seen = core_.require_bucket(request, in.bucket, in.expected_bucket_owner);
  ObjectRecord record;
  std::unique_ptr<platform::BodyReader> body;
  // A blob is copied by a second name; everything else is read and written again.
  for (int attempt = 0; !body && attempt < 3; ++attempt) {
    core_.db.read([&](store::ReadTx& tx) {
      const auto found = find_object(tx, from->name(), source.key, source.version_id);
      if (!found || found->is_delete_marker) core_.throw_no_such_key(request, *from, source.key);
      record = *found;
      body = core_.streams.open(tx, from->name(), record, {0, record.size});
    });
  }
  if (!body) throw SlowDown("Please reduce your request rate.");
  require_copy_source({in.copy_source_if_match, in.copy_source_if_none_match,
                       in.copy_source_if_modified_since, in.copy_source_if_unmodified_since, request.now},
                      record);
  require_change(in, source, record);
  if (record.size > kPutBytesMax) {
    throw InvalidRequest(
        "The specified copy source is larger than the maximum allowable size for a copy "
        "source: 5368709120");
  }
  NewObject object{.key = in.key,
                   .record = record,
                   .payload = {},
                   .conditions = {in.if_match, in.if_none_match},
                   .event = "ObjectCreated:Copy"};
  object.record.description = copy_description(in, record);
  if (in.tagging_directive == "REPLACE") object.record.tags = parse_tag_header(in.tagging.value_or(""));
  const auto algorithm = in.checksum_algorithm ? parse_checksum_algorithm(*in.checksum_algorithm)
                                               : std::optional<ChecksumAlgorithm>(record.checksum.algorithm);
  if (!algorithm) throw InvalidRequest("Checksum algorithm provided is unsupported.");
  const bool keeps_digests = record.parts_count == 0 && *algorithm == record.checksum.algorithm;
  if (record.payload.kind == Payload::Kind::kBlob && keeps_digests) {
    object.payload = co_await core_.receiver.stage_copy(store::BlobId(record.payload.id));
  } else {
    BodyPromise promise{.algorithm = algorithm, .bytes_max = kPutBytesMax};
    const platform::Headers* no_trailers = nullptr;
    Received received = co_await core_.receiver.receive(*body, std::move(promise), &no_trailers);
    object.record.etag = received.md5;
    object.record.checksum = received.checksum;
    object.record.parts_count = 0;
    object.payload = std::move(received.payload);
  }
  const BucketPtr bucket = commit(request, *seen, object);
  CopyObjectOutput out;
  out.copy_object_result.emplace();
  out.copy_object_result->etag = quoted_etag(object.record.etag);
  out.copy_object_result->last_modified = object.record.modified_at;
  set_checksum(*out.copy_object_result, object.record.checksum);
  out.copy_source_version_id = told_version(*from, record);
  out.version_id = bucket->record.keeps_versions() ? std::optional(object.record.version_id) : std::nullopt;
  out.server_side_encryption = told_encryption(*bucket, object.record.description);
  co_return out;
}

}  // namespace haneul::s3
