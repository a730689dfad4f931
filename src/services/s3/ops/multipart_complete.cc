// CompleteMultipartUpload: the parts become an object, without being copied.
#include <map>

#include <fmt/format.h>

#include "services/s3/keys.h"
#include "services/s3/objects.h"
#include "services/s3/ops/body_digest.h"
#include "services/s3/ops/multipart_ops.h"
#include "store/record.h"

namespace haneul::s3 {

using platform::Request;

struct MultipartOps::Completion {
  std::vector<PartRecord> parts;
  std::vector<Payload> unused;  // of parts that were uploaded and not named
  uint64_t size = 0;
  std::string etag;
  ChecksumValue checksum;
};

namespace {

std::string bare_etag(std::string_view etag) {
  etag = trim(etag);
  if (etag.size() >= 2 && etag.front() == '"' && etag.back() == '"') etag = etag.substr(1, etag.size() - 2);
  return std::string(etag);
}

[[noreturn]] void throw_invalid_part(const CompletedPart& part, const std::string& upload_id) {
  InvalidPart error(
      "One or more of the specified parts could not be found.  The part may not have been uploaded, "
      "or the specified entity tag may not match the part's entity tag.");
  error.with("UploadId", upload_id).with("PartNumber", static_cast<int64_t>(part.part_number.value_or(0)));
  error.with("ETag", bare_etag(part.etag.value_or("")));
  throw error;
}

const std::vector<CompletedPart>& require_list(const CompleteMultipartUploadInput& in) {
  if (!in.multipart_upload || !in.multipart_upload->parts || in.multipart_upload->parts->empty()) {
    throw_malformed_xml();
  }
  const auto& parts = *in.multipart_upload->parts;
  int32_t last = 0;
  for (const CompletedPart& part : parts) {
    if (!part.part_number || !part.etag) throw_malformed_xml();
    refuse_unsupported(part);
    if (*part.part_number <= last) {
      InvalidPartOrder error(
          "The list of parts was not in ascending order. Parts must be ordered by part number.");
      error.with("UploadId", in.upload_id);
      throw error;
    }
    last = *part.part_number;
  }
  return parts;
}

// The checksums that the client lists are those it was told; a composite needs every one of them.
void check_listed(const CompletedPart& listed, const PartRecord& part, const UploadRecord& upload,
                  const std::string& upload_id) {
  const auto given = given_checksums(listed);
  for (const ChecksumValue& one : given) {
    const bool is_known = one.algorithm == part.checksum.algorithm;
    const bool is_full = one.algorithm == part.full.algorithm && !part.full.value.empty();
    const std::string& kept = is_known ? part.checksum.value : part.full.value;
    if ((!is_known && !is_full) || one.value != kept) throw_invalid_part(listed, upload_id);
  }
  if (!given.empty() || !upload.algorithm || upload.checksum_type != ChecksumType::kComposite) return;
  throw InvalidRequest(
      fmt::format("The upload was created using a {} checksum. The complete request must include the "
                  "checksum for each part. "
                  "It was missing for part {} in the request.",
                  to_lower(name_of(*upload.algorithm)), listed.part_number.value_or(0)));
}

ChecksumValue whole_checksum(const UploadRecord& upload, const std::vector<PartRecord>& parts) {
  ChecksumValue out{.algorithm = upload.algorithm.value_or(ChecksumAlgorithm::kCrc64Nvme),
                    .value = {},
                    .type = upload.checksum_type};
  std::vector<PartChecksum> values;
  for (const PartRecord& part : parts) {
    const bool is_own = part.checksum.algorithm == out.algorithm;
    values.push_back({is_own ? part.checksum.value : part.full.value, part.size});
  }
  out.value = out.type == ChecksumType::kComposite ? composite_checksum(out.algorithm, values)
                                                   : combined_crc(out.algorithm, values);
  return out;
}

// What the request says about the whole.
void check_whole(const CompleteMultipartUploadInput& in, const UploadRecord& upload, uint64_t size,
                 const ChecksumValue& checksum) {
  if (in.checksum_type && *in.checksum_type != name_of(upload.checksum_type)) {
    throw InvalidRequest(
        fmt::format("The upload was created using the {} checksum mode. The complete request must "
                    "use the same checksum mode.",
                    name_of(upload.checksum_type)));
  }
  for (const ChecksumValue& given : given_checksums(in)) {
    // A composite is given with or without the number of its parts.
    const std::string bare = checksum.value.substr(0, checksum.value.find('-'));
    if (given.algorithm == checksum.algorithm && (given.value == checksum.value || given.value == bare))
      continue;
    throw BadDigest(
        fmt::format("The {} you specified did not match the calculated checksum.", name_of(given.algorithm)));
  }
  if (in.mpu_object_size && static_cast<uint64_t>(*in.mpu_object_size) != size) {
    throw InvalidRequest(fmt::format(
        "The provided 'x-amz-mp-object-size' header value {} does not match what was computed: {}",
        *in.mpu_object_size, size));
  }
}

std::string multipart_etag(const std::vector<PartRecord>& parts) {
  aws::Hasher md5(aws::HashKind::kMd5);
  for (const PartRecord& part : parts) md5.update(hex_decode(part.etag).value_or(""));
  return fmt::format("{}-{}", hex_encode(md5.finish()), parts.size());
}

}  // namespace

MultipartOps::Completion MultipartOps::gather(store::Tx& tx, const BucketState& bucket,
                                              const UploadRecord& upload,
                                              const CompleteMultipartUploadInput& in) const {
  const auto& listed = require_list(in);
  std::map<uint64_t, PartRecord> uploaded;
  const store::Scope scope = keys::bucket_scope(bucket.name());
  for (const store::Entry& row : tx.scan(scope.shard, keys::parts(bucket.name(), in.upload_id))) {
    PartRecord part = part_from(store::decode_record(row.value));
    uploaded.emplace(part.number, std::move(part));
  }
  Completion out;
  for (const CompletedPart& one : listed) {
    const auto found = uploaded.find(static_cast<uint64_t>(*one.part_number));
    if (found == uploaded.end() || found->second.etag != bare_etag(*one.etag)) {
      throw_invalid_part(one, in.upload_id);
    }
    check_listed(one, found->second, upload, in.upload_id);
    out.size += found->second.size;
    out.parts.push_back(std::move(found->second));
    uploaded.erase(found);
  }
  for (size_t i = 0; i + 1 < out.parts.size(); ++i) {
    const PartRecord& part = out.parts[i];
    if (part.size >= kPartBytesMin) continue;
    EntityTooSmall error("Your proposed upload is smaller than the minimum allowed size");
    error.with("ETag", part.etag).with("PartNumber", part.number).with("MinSizeAllowed", kPartBytesMin);
    error.with("ProposedSize", part.size);
    throw error;
  }
  for (auto& [number, part] : uploaded) out.unused.push_back(std::move(part.payload));
  out.etag = multipart_etag(out.parts);
  out.checksum = whole_checksum(upload, out.parts);
  check_whole(in, upload, out.size, out.checksum);
  return out;
}

ObjectRecord MultipartOps::write_completed(store::Tx& tx, const Request& request, const BucketState& bucket,
                                           const CompleteMultipartUploadInput& in) const {
  const UploadRecord upload = require_upload(tx, bucket, in.key, in.upload_id);
  const Completion whole = gather(tx, bucket, upload, in);
  if (in.if_match || in.if_none_match) {
    require_write({in.if_match, in.if_none_match}, find_current(tx, bucket.name(), in.key), in.key);
  }
  ObjectRecord record;
  record.order = core_.next_order();
  record.modified_at = request.now;
  record.size = whole.size;
  record.etag = whole.etag;
  record.payload = {Payload::Kind::kParts, in.upload_id};
  record.description = upload.description;
  record.tags = upload.tags;
  record.checksum = whole.checksum;
  record.parts_count = static_cast<int>(whole.parts.size());
  tx.put(keys::manifest(bucket.name(), in.upload_id), store::encode_record(to_document(whole.parts)));
  for (const Payload& payload : whole.unused) core_.garbage->drop(tx, bucket.name(), payload);
  tx.del_range(keys::bucket_scope(bucket.name()).shard, keys::parts(bucket.name(), in.upload_id));
  tx.del(keys::upload(bucket.name(), in.key, in.upload_id));
  ObjectWriter(tx, bucket, *core_.garbage).put(in.key, record, core_.random.hex(16));
  events_.record(tx, request, bucket, {.name = "ObjectCreated:CompleteMultipartUpload", .key = in.key},
                 record);
  return record;
}

CompleteMultipartUploadOutput MultipartOps::complete_multipart_upload(
    const Request& request, const CompleteMultipartUploadInput& in) {
  refuse_unsupported(in);
  const BucketPtr seen = core_.require_bucket(request, in.bucket, in.expected_bucket_owner);
  BucketPtr bucket;
  const ObjectRecord record = core_.db.write(keys::bucket_scope(seen->name()), [&](store::Tx& tx) {
    bucket = core_.require_same(tx, *seen);
    // A client that did not hear the answer asks again, and hears the same.
    const auto current = find_current(tx, bucket->name(), in.key);
    const bool is_done =
        current && current->payload.kind == Payload::Kind::kParts && current->payload.id == in.upload_id;
    return is_done ? *current : write_completed(tx, request, *bucket, in);
  });
  CompleteMultipartUploadOutput out;
  out.location = "http://" + request.host + "/" + bucket->name() + "/" + uri_encode(in.key, Slash::kKeep);
  out.bucket = bucket->name();
  out.key = in.key;
  out.etag = quoted_etag(record.etag);
  set_checksum(out, record.checksum);
  if (record.version_id != kNullVersion) out.version_id = record.version_id;
  out.server_side_encryption = told_encryption(*bucket, record.description);
  return out;
}

}  // namespace haneul::s3
