// CreateMultipartUpload, UploadPart, UploadPartCopy, AbortMultipartUpload: an upload and its parts.
#include <fmt/format.h>

#include "gen/s3/operations.h"
#include "services/s3/keys.h"
#include "services/s3/objects.h"
#include "services/s3/ops/multipart_ops.h"
#include "store/record.h"

namespace haneul::s3 {

using platform::AccessChecks;
using platform::Exchange;
using platform::Request;

template <class In>
AccessChecks MultipartOps::part_access(const Request& request, const In& in, const char* action) const {
  const BucketPtr bucket = core_.require_bucket(request, in.bucket, in.expected_bucket_owner);
  Question question{.action = action, .resource = bucket->object_arn(in.key)};
  if constexpr (requires { in.storage_class; }) question.keys = write_keys(in);
  AccessChecks checks;
  if constexpr (requires { in.tagging; }) {
    if (in.tagging) {
      add_request_tags(parse_tag_header(*in.tagging), question.keys);
      checks.push_back(
          core_.check(request, *bucket, {"s3:PutObjectTagging", question.resource, question.keys}));
    }
  }
  checks.insert(checks.begin(), core_.check(request, *bucket, std::move(question)));
  return checks;
}

void MultipartOps::register_operations(platform::OperationTable& table) {
  const auto access = [this](const char* action) {
    return [this, action](const Request& r, const auto& in) { return part_access(r, in, action); };
  };
  table.add<op::CreateMultipartUpload>(
      {.access = access("s3:PutObject"),
       .run = platform::bind_run(this, &MultipartOps::create_multipart_upload)});
  table.add_parking<op::UploadPart>(
      {.access = access("s3:PutObject"), .run = platform::bind_run(this, &MultipartOps::upload_part)});
  table.add_parking<op::UploadPartCopy>(
      {.access = [this](const Request& request, const UploadPartCopyInput& in) -> AccessChecks {
         AccessChecks checks = part_access(request, in, "s3:PutObject");
         const CopySource source = parse_copy_source(in.copy_source);
         const BucketPtr from = core_.require_bucket(request, source.bucket, in.expected_source_bucket_owner);
         Question question{.action = source.version_id ? "s3:GetObjectVersion" : "s3:GetObject",
                           .resource = from->object_arn(source.key)};
         if (source.version_id) question.keys["s3:VersionId"] = {*source.version_id};
         const auto record = core_.db.read(
             [&](store::ReadTx& tx) { return find_object(tx, from->name(), source.key, source.version_id); });
         if (record) add_existing_tags(record->tags, question.keys);
         checks.push_back(core_.check(request, *from, std::move(question)));
         return checks;
       },
       .run = platform::bind_run(this, &MultipartOps::upload_part_copy)});
  table.add<op::CompleteMultipartUpload>(
      {.access = access("s3:PutObject"),
       .run = platform::bind_run(this, &MultipartOps::complete_multipart_upload)});
  table.add<op::AbortMultipartUpload>(
      {.access = access("s3:AbortMultipartUpload"),
       .run = platform::bind_run(this, &MultipartOps::abort_multipart_upload)});
  table.add<op::ListParts>({.access = access("s3:ListMultipartUploadParts"),
                            .run = platform::bind_run(this, &MultipartOps::list_parts),
                            .effect = platform::Effect::kReadOnly});
  table.add<op::ListMultipartUploads>(
      {.access = bucket_access<ListMultipartUploadsInput>(core_, "s3:ListBucketMultipartUploads"),
       .run = platform::bind_run(this, &MultipartOps::list_multipart_uploads),
       .effect = platform::Effect::kReadOnly});
}

UploadRecord MultipartOps::require_upload(store::Reader& tx, const BucketState& bucket,
                                          const std::string& key, const std::string& upload_id) const {
  const auto row = tx.get(keys::upload(bucket.name(), key, upload_id));
  if (row) return upload_from(store::decode_record(*row));
  NoSuchUpload error(
      "The specified upload does not exist. The upload ID may be invalid, or the upload may have "
      "been aborted or completed.");
  error.with("UploadId", upload_id);
  throw error;
}

namespace {

// Which checksum the upload keeps: what the client chose, within what its algorithm can do.
void choose_checksum(const CreateMultipartUploadInput& in, UploadRecord& upload) {
  if (!in.checksum_algorithm) {
    if (!in.checksum_type) return;
    throw InvalidRequest(
        "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.");
  }
  upload.algorithm = parse_checksum_algorithm(*in.checksum_algorithm);
  if (!upload.algorithm) {
    throw InvalidRequest(
        "Checksum algorithm provided is unsupported. Please try again with any of the valid "
        "types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]");
  }
  const bool is_nvme = *upload.algorithm == ChecksumAlgorithm::kCrc64Nvme;
  upload.checksum_type = is_nvme ? ChecksumType::kFullObject : ChecksumType::kComposite;
  if (!in.checksum_type) return;
  const auto wanted = parse_checksum_type(*in.checksum_type);
  const bool is_possible =
      wanted && (*wanted == ChecksumType::kFullObject ? is_crc(*upload.algorithm) : !is_nvme);
  if (!is_possible) {
    throw InvalidRequest(fmt::format("The {} checksum type cannot be used with the {} checksum algorithm.",
                                     *in.checksum_type, to_lower(name_of(*upload.algorithm))));
  }
  upload.checksum_type = *wanted;
}

void require_part_number(int32_t number) {
  if (number >= 1 && number <= kPartNumberMax) return;
  InvalidArgument error("Part number must be an integer between 1 and 10000, inclusive");
  error.with("ArgumentName", "partNumber").with("ArgumentValue", static_cast<int64_t>(number));
  throw error;
}

ChecksumAlgorithm algorithm_of(const UploadRecord& upload) {
  return upload.algorithm.value_or(ChecksumAlgorithm::kCrc64Nvme);
}

// A part is hashed as its upload demands, whatever the part's own checksum is.
void demand_checksum(const UploadRecord& upload, BodyPromise& promise) {
  std::optional<ChecksumAlgorithm> told = promise.trailer;
  if (promise.checksum) told = promise.checksum->algorithm;
  if (told && upload.algorithm && *told != *upload.algorithm) {
    throw InvalidRequest(
        fmt::format("Checksum Type mismatch occurred, expected checksum Type: {}, actual checksum Type: {}",
                    to_lower(name_of(*upload.algorithm)), to_lower(name_of(*told))));
  }
  if (!told) promise.algorithm = algorithm_of(upload);
  promise.also = algorithm_of(upload);
}

}  // namespace

CreateMultipartUploadOutput MultipartOps::create_multipart_upload(const Request& request,
                                                                  const CreateMultipartUploadInput& in) {
  refuse_unsupported(in);
  refuse_acls(in);
  require_key(in.key);
  const BucketPtr seen = core_.require_bucket(request, in.bucket, in.expected_bucket_owner);
  UploadRecord upload{
      .created_at = request.now, .description = describe(in), .initiator_id = request.caller.arn};
  if (in.tagging) upload.tags = parse_tag_header(*in.tagging);
  choose_checksum(in, upload);
  // Ids grow with time, so uploads of one key are listed in the order of their beginnings.
  const std::string id = make_version_id(core_.next_order(), core_.random.hex(32));
  core_.db.write(keys::bucket_scope(seen->name()), [&](store::Tx& tx) {
    core_.require_same(tx, *seen);
    tx.put(keys::upload(seen->name(), in.key, id), store::encode_record(to_document(upload)));
  });
  CreateMultipartUploadOutput out;
  out.bucket = seen->name();
  out.key = in.key;
  out.upload_id = id;
  out.server_side_encryption = told_encryption(*seen, upload.description);
  if (upload.algorithm) {
    out.checksum_algorithm = std::string(name_of(*upload.algorithm));
    out.checksum_type = std::string(name_of(upload.checksum_type));
  }
  return out;
}

void MultipartOps::commit_part(const Request& request, const BucketState& seen, NewPart& part) {
  part.record.modified_at = request.now;
  part.record.payload = part.payload.payload();
  core_.db.write(keys::bucket_scope(seen.name()), [&](store::Tx& tx) {
    const BucketPtr bucket = core_.require_same(tx, seen);
    require_upload(tx, *bucket, part.key, part.upload_id);
    const store::Key key = keys::part(bucket->name(), part.upload_id, part.record.number);
    if (const auto old = tx.get(key)) {
      core_.garbage->drop(tx, bucket->name(), part_from(store::decode_record(*old)).payload);
    }
    part.payload.write(tx, bucket->name());
    tx.put(key, store::encode_record(to_document(part.record)));
  });
  part.payload.keep();
}

Task<UploadPartOutput> MultipartOps::upload_part(const Request& request, const UploadPartInput& in,
                                                 Exchange& exchange) {
  refuse_unsupported(in);
  require_part_number(in.part_number);
  const BucketPtr bucket = core_.require_bucket(request, in.bucket, in.expected_bucket_owner);
  const UploadRecord upload =
      core_.db.read([&](store::ReadTx& tx) { return require_upload(tx, *bucket, in.key, in.upload_id); });
  BodyPromise promise{.bytes_max = kPutBytesMax};
  if (in.content_md5) promise.content_md5 = parse_content_md5(*in.content_md5);
  promise_checksum({given_checksums(in), in.checksum_algorithm, request.headers}, promise);
  demand_checksum(upload, promise);
  if (!exchange.body->length())
    throw MissingContentLength("You must provide the Content-Length HTTP header.");
  Received received = co_await core_.receiver.receive(*exchange.body, std::move(promise), &exchange.trailers);
  NewPart part{
      .key = in.key, .upload_id = in.upload_id, .record = {}, .payload = std::move(received.payload)};
  part.record.number = static_cast<uint64_t>(in.part_number);
  part.record.size = received.size;
  part.record.etag = received.md5;
  part.record.checksum = received.checksum;
  if (received.also) part.record.full = *received.also;
  commit_part(request, *bucket, part);
  UploadPartOutput out;
  out.etag = quoted_etag(part.record.etag);
  set_checksum(out, part.record.checksum);
  out.server_side_encryption = told_encryption(*bucket, upload.description);
  co_return out;
}

Task<UploadPartCopyOutput> MultipartOps::upload_part_copy(const Request& request,
                                                          const UploadPartCopyInput& in, Exchange&) {
  refuse_unsupported(in);
  require_part_number(in.part_number);
  const CopySource source = parse_copy_source(in.copy_source);
  const BucketPtr from = core_.require_bucket(request, source.bucket, in.expected_source_bucket_owner);
  const BucketPtr bucket = core_.require_bucket(request, in.bucket, in.expected_bucket_owner);
  ObjectRecord record;
  UploadRecord upload;
  ByteRange range;
  std::unique_ptr<platform::BodyReader> body;
  for (int attempt = 0; !body && attempt < 3; ++attempt) {
    core_.db.read([&](store::ReadTx& tx) {
      upload = require_upload(tx, *bucket, in.key, in.upload_id);
      const auto found = find_object(tx, from->name(), source.key, source.version_id);
      if (!found || found->is_delete_marker) core_.throw_no_such_key(request, *from, source.key);
      record = *found;
      require_copy_source({in.copy_source_if_match, in.copy_source_if_none_match,
                           in.copy_source_if_modified_since, in.copy_source_if_unmodified_since, request.now},
                          record);
      range = in.copy_source_range ? parse_copy_range(*in.copy_source_range, record.size)
                                   : ByteRange{0, record.size};
      body = core_.streams.open(tx, from->name(), record, range);
    });
  }
  if (!body) throw SlowDown("Please reduce your request rate.");
  NewPart part{.key = in.key, .upload_id = in.upload_id, .record = {}, .payload = {}};
  part.record.number = static_cast<uint64_t>(in.part_number);
  part.record.size = range.size();
  const bool is_whole = range.size() == record.size && record.parts_count == 0;
  const bool keeps_digests = is_whole && record.checksum.algorithm == algorithm_of(upload);
  if (record.payload.kind == Payload::Kind::kBlob && keeps_digests && range.size() <= kPutBytesMax) {
    part.record.etag = record.etag;
    part.record.checksum = record.checksum;
    part.payload = co_await core_.receiver.stage_copy(store::BlobId(record.payload.id));
  } else {
    BodyPromise promise{.algorithm = algorithm_of(upload), .bytes_max = kPutBytesMax};
    const platform::Headers* no_trailers = nullptr;
    Received received = co_await core_.receiver.receive(*body, std::move(promise), &no_trailers);
    part.record.etag = received.md5;
    part.record.checksum = received.checksum;
    part.payload = std::move(received.payload);
  }
  commit_part(request, *bucket, part);
  UploadPartCopyOutput out;
  out.copy_part_result.emplace();
  out.copy_part_result->etag = quoted_etag(part.record.etag);
  out.copy_part_result->last_modified = part.record.modified_at;
  if (upload.algorithm) set_checksum(*out.copy_part_result, part.record.checksum);
  out.copy_source_version_id = told_version(*from, record);
  out.server_side_encryption = told_encryption(*bucket, upload.description);
  co_return out;
}

AbortMultipartUploadOutput MultipartOps::abort_multipart_upload(const Request& request,
                                                                const AbortMultipartUploadInput& in) {
  if (in.if_match_initiated_time) throw_unsupported("x-amz-if-match-initiated-time");
  const BucketPtr seen = core_.require_bucket(request, in.bucket, in.expected_bucket_owner);
  const store::Scope scope = keys::bucket_scope(seen->name());
  core_.db.write(scope, [&](store::Tx& tx) {
    const BucketPtr bucket = core_.require_same(tx, *seen);
    require_upload(tx, *bucket, in.key, in.upload_id);
    for (const store::Entry& row : tx.scan(scope.shard, keys::parts(bucket->name(), in.upload_id))) {
      core_.garbage->drop(tx, bucket->name(), part_from(store::decode_record(row.value)).payload);
    }
    tx.del_range(scope.shard, keys::parts(bucket->name(), in.upload_id));
    tx.del(keys::upload(bucket->name(), in.key, in.upload_id));
  });
  return {};
}

}  // namespace haneul::s3
