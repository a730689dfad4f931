#include "services/s3/ops/shared.h"

#include <array>

#include "services/s3/objects.h"

namespace haneul::s3 {

void require_key(const std::string& key) {
  // Zero bytes take two in the store's keys; nobody names objects with hundreds of them.
  const size_t stored = key.size() + static_cast<size_t>(std::ranges::count(key, '\0'));
  if (key.size() <= kKeyBytesMax && stored <= kKeyBytesMax + 512) return;
  KeyTooLongError error("Your key is too long");
  error.with("Size", static_cast<int64_t>(key.size()))
      .with("MaxSizeAllowed", static_cast<int64_t>(kKeyBytesMax));
  throw error;
}

void require_storage_class(const std::string& name) {
  static constexpr std::array<std::string_view, 6> kReadable = {
      "STANDARD", "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR"};
  static constexpr std::array<std::string_view, 2> kArchived = {"GLACIER", "DEEP_ARCHIVE"};
  if (std::ranges::find(kReadable, name) != kReadable.end()) return;
  if (std::ranges::find(kArchived, name) != kArchived.end())
    throw_unsupported("x-amz-storage-class: " + name);
  InvalidStorageClass error("The storage class you specified is not valid");
  error.with("StorageClassRequested", name);
  throw error;
}

std::string strip_aws_chunked(const std::string& encoding) {
  std::vector<std::string> kept;
  for (const std::string_view one : split(encoding, ',')) {
    const std::string_view name = trim(one);
    if (!name.empty() && !equals_ignore_case(name, "aws-chunked")) kept.emplace_back(name);
  }
  return join(kept, ",");
}

std::map<std::string, std::string> checked_metadata(const std::map<std::string, std::string>& given) {
  std::map<std::string, std::string> out;
  size_t bytes = 0;
  for (const auto& [name, value] : given) {
    bytes += name.size() + value.size();
    out[to_lower(name)] = value;
  }
  if (bytes <= kMetadataBytesMax) return out;
  MetadataTooLarge error("Your metadata headers exceed the maximum allowed metadata size");
  error.with("Size", static_cast<int64_t>(bytes))
      .with("MaxSizeAllowed", static_cast<int64_t>(kMetadataBytesMax));
  throw error;
}

CopySource parse_copy_source(const std::string& header) {
  const auto refuse = [&] {
    InvalidArgument error("Invalid copy source object key");
    error.with("ArgumentName", "x-amz-copy-source").with("ArgumentValue", header);
    return error;
  };
  CopySource out;
  std::string_view path = header;
  constexpr std::string_view kVersion = "?versionId=";
  if (const size_t at = path.rfind(kVersion); at != std::string_view::npos) {
    out.version_id = std::string(path.substr(at + kVersion.size()));
    path = path.substr(0, at);
  }
  const auto decoded = uri_decode(path);
  if (!decoded) throw refuse();
  std::string_view text = *decoded;
  if (text.starts_with('/')) text.remove_prefix(1);
  const size_t slash = text.find('/');
  if (slash == std::string_view::npos || slash == 0 || slash + 1 == text.size()) throw refuse();
  out.bucket = std::string(text.substr(0, slash));
  out.key = std::string(text.substr(slash + 1));
  return out;
}

std::optional<ObjectRecord> find_object(store::Reader& tx, std::string_view bucket, const std::string& key,
                                        const std::optional<std::string>& version_id) {
  return version_id ? find_version(tx, bucket, key, *version_id) : find_current(tx, bucket, key);
}

std::string quoted_etag(const std::string& etag) { return "\"" + etag + "\""; }

std::optional<std::string> told_version(const BucketState& bucket, const ObjectRecord& record) {
  if (!bucket.record.has_versions()) return std::nullopt;
  return record.version_id;
}

std::optional<std::string> told_encryption(const BucketState& bucket, const Description& description) {
  if (!description.encryption.empty()) return description.encryption;
  if (!bucket.record.encryption.empty()) return bucket.record.encryption;
  return std::nullopt;
}

}  // namespace haneul::s3
