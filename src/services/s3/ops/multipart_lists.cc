// ListParts and ListMultipartUploads.
#include "services/s3/cursor.h"
#include "services/s3/keys.h"
#include "services/s3/listing.h"
#include "services/s3/ops/multipart_ops.h"
#include "store/record.h"

namespace haneul::s3 {

using platform::Request;

namespace {

Initiator initiator_of(const UploadRecord& upload) { return {.id = upload.initiator_id}; }

std::string algorithm_name(const UploadRecord& upload) {
  return std::string(name_of(upload.algorithm.value_or(ChecksumAlgorithm::kCrc64Nvme)));
}

}  // namespace

ListPartsOutput MultipartOps::list_parts(const Request& request, const ListPartsInput& in) {
  refuse_unsupported(in);
  const BucketPtr bucket = core_.require_bucket(request, in.bucket, in.expected_bucket_owner);
  const int max = page_size(in.max_parts, "max-parts");
  const int after = std::max(in.part_number_marker.value_or(0), 0);
  ListPartsOutput out;
  out.parts.emplace();
  out.is_truncated = false;
  core_.db.read([&](store::ReadTx& tx) {
    const UploadRecord upload = require_upload(tx, *bucket, in.key, in.upload_id);
    out.storage_class = upload.description.storage_class;
    out.initiator = initiator_of(upload);
    if (upload.algorithm) {
      out.checksum_algorithm = algorithm_name(upload);
      out.checksum_type = std::string(name_of(upload.checksum_type));
    }
    Cursor rows(tx, keys::bucket_scope(bucket->name()).shard, keys::parts(bucket->name(), in.upload_id),
                static_cast<size_t>(max) + 1);
    rows.seek(keys::part(bucket->name(), in.upload_id, static_cast<uint64_t>(after) + 1).bytes);
    for (; const store::Entry* row = rows.peek(); rows.next()) {
      if (static_cast<int>(out.parts->size()) == max) {
        out.is_truncated = true;
        break;
      }
      const PartRecord part = part_from(store::decode_record(row->value));
      Part& told = out.parts->emplace_back();
      told.part_number = static_cast<int32_t>(part.number);
      told.last_modified = part.modified_at;
      told.etag = quoted_etag(part.etag);
      told.size = static_cast<int64_t>(part.size);
      set_checksum(told, part.checksum);
    }
  });
  out.bucket = bucket->name();
  out.key = in.key;
  out.upload_id = in.upload_id;
  out.part_number_marker = after;
  if (!out.parts->empty()) out.next_part_number_marker = out.parts->back().part_number;
  out.max_parts = max;
  out.owner = Owner{.id = canonical_id(bucket->record.owner)};
  return out;
}

ListMultipartUploadsOutput MultipartOps::list_multipart_uploads(const Request& request,
                                                                const ListMultipartUploadsInput& in) {
  const BucketPtr bucket = core_.require_bucket(request, in.bucket, in.expected_bucket_owner);
  const NameEncoding encode(in.encoding_type);
  const int max = page_size(in.max_uploads, "max-uploads");
  const std::string prefix = in.prefix.value_or("");
  const std::string delimiter = in.delimiter.value_or("");
  const std::string key_marker = in.key_marker.value_or("");
  const std::string id_marker = in.upload_id_marker.value_or("");
  const Owner owner{.id = canonical_id(bucket->record.owner)};
  ListMultipartUploadsOutput out;
  out.uploads.emplace();
  out.common_prefixes.emplace();
  out.is_truncated = false;
  core_.db.read([&](store::ReadTx& tx) {
    const std::string& name = bucket->name();
    Cursor rows(tx, keys::bucket_scope(name).shard, keys::uploads_with_prefix(name, prefix),
                static_cast<size_t>(max) + 1);
    if (!key_marker.empty() && !id_marker.empty()) {
      rows.seek(store::key_after(keys::upload(name, key_marker, id_marker).bytes));
    } else if (!key_marker.empty()) {
      // After every upload of that key: no upload id sorts behind this one.
      rows.seek(keys::upload(name, key_marker, "\x7f").bytes);
      const std::string group = group_of(key_marker, prefix, delimiter);
      if (!group.empty()) rows.seek(keys::uploads_with_prefix(name, group).to);
    }
    keys::UploadName last;
    for (int count = 0; const store::Entry* row = rows.peek(); ++count) {
      if (count == max) {
        out.is_truncated = true;
        out.next_key_marker = encode(last.key);
        out.next_upload_id_marker = last.upload_id;
        break;
      }
      last = keys::upload_of(row->key);
      const std::string group = group_of(last.key, prefix, delimiter);
      if (!group.empty()) {
        out.common_prefixes->push_back({.prefix = encode(group)});
        rows.seek(keys::uploads_with_prefix(name, group).to);
        last = {group, ""};
        continue;
      }
      const UploadRecord upload = upload_from(store::decode_record(row->value));
      MultipartUpload& told = out.uploads->emplace_back();
      told.upload_id = last.upload_id;
      told.key = encode(last.key);
      told.initiated = upload.created_at;
      told.storage_class = upload.description.storage_class;
      told.owner = owner;
      told.initiator = initiator_of(upload);
      if (upload.algorithm) {
        told.checksum_algorithm = algorithm_name(upload);
        told.checksum_type = std::string(name_of(upload.checksum_type));
      }
      rows.next();
    }
  });
  out.bucket = bucket->name();
  out.prefix = encode(prefix);
  out.delimiter = encode(in.delimiter);
  out.key_marker = encode(key_marker);
  out.upload_id_marker = id_marker;
  out.max_uploads = max;
  out.encoding_type = in.encoding_type;
  return out;
}

}  // namespace haneul::s3
