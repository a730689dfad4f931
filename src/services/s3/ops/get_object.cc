// GetObject, HeadObject and GetObjectAttributes.
#include <fmt/format.h>

#include "base/text.h"
#include "services/s3/objects.h"
#include "services/s3/ops/object_ops.h"

namespace haneul::s3 {

using platform::Exchange;
using platform::Request;

// The stretch of an object that a read asks for.
struct ObjectOps::Window {
  ByteRange range;
  bool is_partial = false;
  std::optional<PartRecord> part;  // when a part was asked for
};

template <class In>
ObjectOps::Found ObjectOps::require_object(store::Reader& tx, const Request& request, const In& in,
                                           Exchange* exchange) {
  Found found{.bucket = core_.require_bucket(request, in.bucket, in.expected_bucket_owner), .record = {}};
  const BucketState& bucket = *found.bucket;
  auto record = find_object(tx, bucket.name(), in.key, in.version_id);
  const auto tell_marker = [&](const ObjectRecord& marker) {
    if (exchange == nullptr) return;
    exchange->headers.set("x-amz-delete-marker", "true");
    exchange->headers.set("x-amz-version-id", marker.version_id);
  };
  if (!record && in.version_id) {
    if (*in.version_id != kNullVersion && !order_of_version(*in.version_id)) {
      InvalidArgument error("Invalid version id specified");
      error.with("ArgumentName", "versionId").with("ArgumentValue", *in.version_id);
      throw error;
    }
    NoSuchVersion error("The specified version does not exist.");
    error.with("Key", in.key).with("VersionId", *in.version_id);
    throw error;
  }
  if (!record) {
    if (bucket.record.has_versions()) {
      if (const auto marker = find_marker(tx, bucket.name(), in.key)) tell_marker(*marker);
    }
    core_.throw_no_such_key(request, bucket, in.key);
  }
  if (record->is_delete_marker) {
    tell_marker(*record);
    if (exchange != nullptr) exchange->headers.set("Last-Modified", format_http_date(record->modified_at));
    MethodNotAllowed error("The specified method is not allowed against this resource.");
    error.with("Method", request.operation->http_method).with("ResourceType", "DeleteMarker");
    throw error;
  }
  found.record = std::move(*record);
  return found;
}

ObjectOps::Window ObjectOps::choose_window(store::Reader& tx, const Found& found,
                                           const std::optional<std::string>& range,
                                           const std::optional<int32_t>& part_number) {
  const ObjectRecord& record = found.record;
  Window window{.range = {0, record.size}};
  if (range && part_number)
    throw InvalidRequest("Cannot specify both Range header and partNumber query parameter");
  if (part_number) {
    uint64_t at = 0;
    for (PartRecord& part : core_.streams.parts_of(tx, found.bucket->name(), record)) {
      if (part.number == static_cast<uint64_t>(*part_number)) {
        window = {.range = {at, at + part.size}, .is_partial = true, .part = std::move(part)};
        return window;
      }
      at += part.size;
    }
    const bool is_whole = record.parts_count == 0 && *part_number == 1;
    if (!is_whole) {
      static constexpr model::ErrorShape kInvalidPartNumber{
          .name = "InvalidPartNumber", .code = "InvalidPartNumber", .status = 416};
      throw model::ServiceError(kInvalidPartNumber, "The requested partnumber is not satisfiable")
          .with("PartNumberRequested", static_cast<int64_t>(*part_number))
          .with("ActualPartCount", std::max(1, record.parts_count));
    }
    window.is_partial = record.size > 0;
    return window;
  }
  if (!range) return window;
  if (const auto parsed = parse_range(*range, record.size)) window = {.range = *parsed, .is_partial = true};
  return window;
}

template <class Out>
void ObjectOps::describe_object(Out& out, const Found& found) const {
  const ObjectRecord& record = found.record;
  const Description& description = record.description;
  const auto tell = [](std::optional<std::string>& member, const std::string& value) {
    if (!value.empty()) member = value;
  };
  out.accept_ranges = "bytes";
  out.last_modified = record.modified_at;
  out.etag = quoted_etag(record.etag);
  out.version_id = told_version(*found.bucket, record);
  tell(out.content_type, description.content_type);
  tell(out.cache_control, description.cache_control);
  tell(out.content_disposition, description.content_disposition);
  tell(out.content_encoding, description.content_encoding);
  tell(out.content_language, description.content_language);
  tell(out.expires, description.expires);
  if (!description.metadata.empty()) out.metadata = description.metadata;
  if (description.storage_class != "STANDARD") out.storage_class = description.storage_class;
  out.server_side_encryption = told_encryption(*found.bucket, description);
  if (!record.tags.empty()) out.tag_count = static_cast<int32_t>(record.tags.size());
}

namespace {

template <class Out, class In>
void override_headers(Out& out, const In& in, const platform::Caller& caller) {
  const bool has_override = in.response_content_type || in.response_cache_control ||
                            in.response_content_disposition || in.response_content_encoding ||
                            in.response_content_language || in.response_expires;
  if (has_override && caller.kind == platform::Caller::Kind::kAnonymous) {
    throw InvalidRequest("Request specific response headers cannot be used for anonymous GET requests.");
  }
  if (in.response_content_type) out.content_type = in.response_content_type;
  if (in.response_cache_control) out.cache_control = in.response_cache_control;
  if (in.response_content_disposition) out.content_disposition = in.response_content_disposition;
  if (in.response_content_encoding) out.content_encoding = in.response_content_encoding;
  if (in.response_content_language) out.content_language = in.response_content_language;
  if (in.response_expires) out.expires = format_http_date(*in.response_expires);
}

}  // namespace

template <class Out, class In>
Task<Out> ObjectOps::read_object(const Request& request, const In& in, Exchange& exchange) {
  constexpr bool kWithBody = std::is_same_v<In, GetObjectInput>;
  refuse_unsupported(in);
  Out out;
  for (int attempt = 0; attempt < 3; ++attempt) {
    std::unique_ptr<platform::BodyReader> body;
    out = Out{};
    core_.db.read([&](store::ReadTx& tx) {
      const Found found = require_object(tx, request, in, &exchange);
      describe_object(out, found);
      const ReadConditions conditions{in.if_match, in.if_none_match, in.if_modified_since,
                                      in.if_unmodified_since, request.now};
      if (judge_read(conditions, found.record) == ReadVerdict::kNotModified) {
        exchange.status = 304;
        out.content_type.reset();
        body = nullptr;
        return;
      }
      const Window window = choose_window(tx, found, in.range, in.part_number);
      out.content_length = static_cast<int64_t>(window.range.size());
      if (window.is_partial) {
        exchange.status = 206;
        out.content_range =
            fmt::format("bytes {}-{}/{}", window.range.from, window.range.to - 1, found.record.size);
      }
      if (in.part_number && found.record.parts_count > 0) out.parts_count = found.record.parts_count;
      if (in.checksum_mode == "ENABLED") {
        // A checksum is told for what it covers: the object, or the part that was asked for.
        if (window.part) {
          set_checksum(out, window.part->checksum);
        } else if (window.range.size() == found.record.size) {
          set_checksum(out, found.record.checksum);
        }
      }
      override_headers(out, in, request.caller);
      if (kWithBody) body = core_.streams.open(tx, found.bucket->name(), found.record, window.range);
    });
    if (exchange.status == 304 || !kWithBody) co_return out;
    if (body) {
      exchange.response_body = std::move(body);
      co_return out;
    }
    exchange.status.reset();
  }
  throw SlowDown("Please reduce your request rate.");
}

Task<GetObjectOutput> ObjectOps::get_object(const Request& request, const GetObjectInput& in,
                                            Exchange& exchange) {
  return read_object<GetObjectOutput>(request, in, exchange);
}

Task<HeadObjectOutput> ObjectOps::head_object(const Request& request, const HeadObjectInput& in,
                                              Exchange& exchange) {
  return read_object<HeadObjectOutput>(request, in, exchange);
}

Task<GetObjectAttributesOutput> ObjectOps::get_object_attributes(const Request& request,
                                                                 const GetObjectAttributesInput& in,
                                                                 Exchange& exchange) {
  refuse_unsupported(in);
  const auto wants = [&](std::string_view name) {
    return std::ranges::find(in.object_attributes, name) != in.object_attributes.end();
  };
  GetObjectAttributesOutput out;
  core_.db.read([&](store::ReadTx& tx) {
    const Found found = require_object(tx, request, in, &exchange);
    const ObjectRecord& record = found.record;
    out.last_modified = record.modified_at;
    out.version_id = told_version(*found.bucket, record);
    if (wants("ETag")) out.etag = record.etag;
    if (wants("StorageClass")) out.storage_class = record.description.storage_class;
    if (wants("ObjectSize")) out.object_size = static_cast<int64_t>(record.size);
    if (wants("Checksum")) {
      out.checksum.emplace();
      set_checksum(*out.checksum, record.checksum);
    }
    if (!wants("ObjectParts") || record.parts_count == 0) return;
    const int max_parts = std::min(in.max_parts.value_or(kListKeysMax), kListKeysMax);
    const int after = in.part_number_marker.value_or(0);
    out.object_parts.emplace();
    out.object_parts->total_parts_count = record.parts_count;
    out.object_parts->part_number_marker = after;
    out.object_parts->max_parts = max_parts;
    out.object_parts->is_truncated = false;
    std::vector<ObjectPart> parts;
    for (const PartRecord& part : core_.streams.parts_of(tx, found.bucket->name(), record)) {
      if (part.number <= static_cast<uint64_t>(after)) continue;
      if (static_cast<int>(parts.size()) == max_parts) {
        out.object_parts->is_truncated = true;
        break;
      }
      ObjectPart& told = parts.emplace_back();
      told.part_number = static_cast<int32_t>(part.number);
      told.size = static_cast<int64_t>(part.size);
      set_checksum(told, part.checksum);
    }
    if (!parts.empty()) {
      out.object_parts->next_part_number_marker = parts.back().part_number;
    }
    // Parts are listed where each has a checksum of its own to tell.
    if (record.checksum.type == ChecksumType::kComposite) out.object_parts->parts = std::move(parts);
  });
  co_return out;
}

}  // namespace haneul::s3
