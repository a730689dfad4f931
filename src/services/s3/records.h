// S3's records as they are stored: buckets, objects (one version each), uploads and their parts. Pure data
// with their Document forms (store/record.h makes bytes of those); no store, no clock. What a bucket derives
// from its configuration (the parsed policy) is made once per stored text, in buckets.h.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/document.h"
#include "base/strong.h"
#include "gen/s3/types.h"
#include "services/s3/checksum.h"

namespace haneul::s3 {

using Tags = std::vector<std::pair<std::string, std::string>>;

inline constexpr std::string_view kEnabled = "Enabled";
inline constexpr std::string_view kSuspended = "Suspended";
inline constexpr std::string_view kNullVersion = "null";

struct BucketRecord {
  std::string name;
  AccountId owner;
  Region region;
  Timestamp created_at{};
  std::string versioning;  // empty until it is first switched on, then Enabled or Suspended
  Tags tags;
  std::string policy;                              // JSON as it was put; empty: none
  std::map<std::string, std::string> policy_pins;  // aws/policy/pins.h
  std::string ownership;                           // of ownership controls; empty: deleted
  std::string encryption;                          // AES256 when a configuration was put; empty: none was
  bool bucket_key_enabled = false;
  std::optional<PublicAccessBlockConfiguration> public_access;
  std::optional<CORSConfiguration> cors;
  std::optional<NotificationConfiguration> notifications;

  bool keeps_versions() const { return versioning == kEnabled; }
  bool has_versions() const { return !versioning.empty(); }
};

// Where the bytes of an object or of a part are.
struct Payload {
  enum class Kind { kNone, kInline, kBlob, kParts };  // empty; a data row; a blob; a manifest of parts
  Kind kind = Kind::kNone;
  std::string id;
};

// What a client says of an object and gets back with it. Header members are empty when they were not given.
struct Description {
  std::string content_type, cache_control, content_disposition, content_encoding, content_language, expires;
  std::map<std::string, std::string> metadata;
  std::string storage_class = "STANDARD";
  std::string encryption;  // AES256 when it was asked for
};

struct ObjectRecord {
  std::string version_id{kNullVersion};
  uint64_t order = 0;  // grows with every version of a key: the place in its history, and the event sequencer
  bool is_delete_marker = false;
  Timestamp modified_at{};
  uint64_t size = 0;
  std::string etag;  // without quotes
  Payload payload;
  Description description;
  Tags tags;
  ChecksumValue checksum;
  int parts_count = 0;  // of an object that was uploaded in parts
};

struct PartRecord {
  uint64_t number = 0;
  uint64_t size = 0;
  std::string etag;
  Timestamp modified_at{};
  Payload payload;
  ChecksumValue checksum;  // as stored and told
  ChecksumValue full;      // CRC that combines to the object's, when the told one does not
};

struct UploadRecord {
  Timestamp created_at{};
  Description description;
  Tags tags;
  std::optional<ChecksumAlgorithm>
      algorithm;  // as the client chose it; empty: CRC64NVME over the whole object
  ChecksumType checksum_type = ChecksumType::kFullObject;
  std::string initiator_id;
};

Document to_document(const BucketRecord& record);
Document to_document(const ObjectRecord& record);
Document to_document(const PartRecord& record);
Document to_document(const UploadRecord& record);
Document to_document(const std::vector<PartRecord>& manifest);
BucketRecord bucket_from(const Document& document);
ObjectRecord object_from(const Document& document);
PartRecord part_from(const Document& document);
UploadRecord upload_from(const Document& document);
std::vector<PartRecord> manifest_from(const Document& document);

// A version id holds its order, so that a version is found without an index: 16 hex digits of order and 16
// random ones.
std::string make_version_id(uint64_t order, std::string_view random_hex);
std::optional<uint64_t> order_of_version(std::string_view version_id);

}  // namespace haneul::s3
