#include "services/s3/records.h"

#include <charconv>

#include <fmt/format.h>

#include "gen/s3/shapes.h"

namespace haneul::s3 {

namespace {

void set_text(Document& out, std::string_view name, const std::string& value) {
  if (!value.empty()) out.set(name, value);
}

std::string text(const Document& from, std::string_view name) { return from.string_or(name, ""); }

int64_t number(const Document& from, std::string_view name) {
  const Document* found = from.find(name);
  return found == nullptr ? 0 : found->as_int();
}

Timestamp time(const Document& from, std::string_view name) {
  return Timestamp(Milliseconds(number(from, name)));
}

Document milliseconds(Timestamp at) { return {static_cast<int64_t>(at.time_since_epoch().count())}; }

bool flag(const Document& from, std::string_view name) {
  const Document* found = from.find(name);
  return found != nullptr && found->as_bool();
}

void set_tags(Document& out, const Tags& tags) {
  if (tags.empty()) return;
  Document list = Document::array();
  for (const auto& [key, value] : tags) list.push(Document::Array{key, value});
  out.set("tags", std::move(list));
}

Tags tags_of(const Document& from) {
  Tags tags;
  const Document* list = from.find("tags");
  if (list == nullptr) return tags;
  for (const Document& pair : list->as_array()) {
    tags.emplace_back(pair.as_array().at(0).as_string(), pair.as_array().at(1).as_string());
  }
  return tags;
}

void set_payload(Document& out, const Payload& payload) {
  static constexpr std::string_view kNames[] = {"", "inline", "blob", "parts"};
  if (payload.kind == Payload::Kind::kNone) return;
  out.set(kNames[static_cast<size_t>(payload.kind)], payload.id);
}

Payload payload_of(const Document& from) {
  using Kind = Payload::Kind;
  if (const Document* id = from.find("inline")) return {Kind::kInline, id->as_string()};
  if (const Document* id = from.find("blob")) return {Kind::kBlob, id->as_string()};
  if (const Document* id = from.find("parts")) return {Kind::kParts, id->as_string()};
  return {};
}

void set_checksum(Document& out, std::string_view name, const ChecksumValue& checksum) {
  if (checksum.value.empty()) return;
  out.set(name, Document::Array{std::string(name_of(checksum.algorithm)), checksum.value,
                                std::string(name_of(checksum.type))});
}

ChecksumValue checksum_of(const Document& from, std::string_view name) {
  const Document* found = from.find(name);
  if (found == nullptr) return {};
  const auto& fields = found->as_array();
  return {
      .algorithm = parse_checksum_algorithm(fields.at(0).as_string()).value_or(ChecksumAlgorithm::kCrc64Nvme),
      .value = fields.at(1).as_string(),
      .type = parse_checksum_type(fields.at(2).as_string()).value_or(ChecksumType::kFullObject)};
}

// The headers of a description with their record names.
constexpr std::pair<std::string_view, std::string Description::*> kDescribed[] = {
    {"content_type", &Description::content_type},
    {"cache_control", &Description::cache_control},
    {"content_disposition", &Description::content_disposition},
    {"content_encoding", &Description::content_encoding},
    {"content_language", &Description::content_language},
    {"expires", &Description::expires},
    {"encryption", &Description::encryption},
};

void set_description(Document& out, const Description& description) {
  for (const auto& [name, member] : kDescribed) set_text(out, name, description.*member);
  if (description.storage_class != "STANDARD") out.set("class", description.storage_class);
  if (description.metadata.empty()) return;
  Document metadata = Document::object();
  for (const auto& [name, value] : description.metadata) metadata.set(name, value);
  out.set("metadata", std::move(metadata));
}

Description description_of(const Document& from) {
  Description out;
  for (const auto& [name, member] : kDescribed) out.*member = text(from, name);
  out.storage_class = from.string_or("class", "STANDARD");
  if (const Document* metadata = from.find("metadata")) {
    for (const auto& [name, value] : metadata->as_object()) out.metadata.emplace(name, value.as_string());
  }
  return out;
}

template <class T>
void set_structure(Document& out, std::string_view name, const std::optional<T>& value) {
  if (value) out.set(name, model::unbind(*value));
}

template <class T>
std::optional<T> structure_of(const Document& from, std::string_view name) {
  const Document* found = from.find(name);
  if (found == nullptr) return std::nullopt;
  return model::bind<T>(*found);
}

}  // namespace

Document to_document(const BucketRecord& record) {
  Document out = Document::object();
  out.set("name", record.name);
  out.set("owner", record.owner.str());
  out.set("region", record.region.str());
  out.set("created", milliseconds(record.created_at));
  set_text(out, "versioning", record.versioning);
  set_tags(out, record.tags);
  set_text(out, "policy", record.policy);
  if (!record.policy_pins.empty()) {
    Document& pins = out.set("policy_pins", Document::object());
    for (const auto& [arn, id] : record.policy_pins) pins.set(arn, id);
  }
  set_text(out, "ownership", record.ownership);
  set_text(out, "encryption", record.encryption);
  if (record.bucket_key_enabled) out.set("bucket_key", true);
  set_structure(out, "public_access", record.public_access);
  set_structure(out, "cors", record.cors);
  set_structure(out, "notifications", record.notifications);
  return out;
}

BucketRecord bucket_from(const Document& document) {
  BucketRecord record;
  record.name = text(document, "name");
  record.owner = AccountId(text(document, "owner"));
  record.region = Region(text(document, "region"));
  record.created_at = time(document, "created");
  record.versioning = text(document, "versioning");
  record.tags = tags_of(document);
  record.policy = text(document, "policy");
  if (const Document* pins = document.find("policy_pins")) {
    for (const auto& [arn, id] : pins->as_object()) record.policy_pins[arn] = id.as_string();
  }
  record.ownership = text(document, "ownership");
  record.encryption = text(document, "encryption");
  record.bucket_key_enabled = flag(document, "bucket_key");
  record.public_access = structure_of<PublicAccessBlockConfiguration>(document, "public_access");
  record.cors = structure_of<CORSConfiguration>(document, "cors");
  record.notifications = structure_of<NotificationConfiguration>(document, "notifications");
  return record;
}

Document to_document(const ObjectRecord& record) {
  Document out = Document::object();
  if (record.version_id != kNullVersion) out.set("version", record.version_id);
  out.set("order", record.order);
  out.set("modified", milliseconds(record.modified_at));
  if (record.is_delete_marker) {
    out.set("deleted", true);
    return out;
  }
  out.set("size", record.size);
  out.set("etag", record.etag);
  set_payload(out, record.payload);
  set_description(out, record.description);
  set_tags(out, record.tags);
  set_checksum(out, "checksum", record.checksum);
  if (record.parts_count > 0) out.set("parts_count", record.parts_count);
  return out;
}

ObjectRecord object_from(const Document& document) {
  ObjectRecord record;
  record.version_id = document.string_or("version", kNullVersion);
  record.order = static_cast<uint64_t>(number(document, "order"));
  record.modified_at = time(document, "modified");
  record.is_delete_marker = flag(document, "deleted");
  if (record.is_delete_marker) return record;
  record.size = static_cast<uint64_t>(number(document, "size"));
  record.etag = text(document, "etag");
  record.payload = payload_of(document);
  record.description = description_of(document);
  record.tags = tags_of(document);
  record.checksum = checksum_of(document, "checksum");
  record.parts_count = static_cast<int>(number(document, "parts_count"));
  return record;
}

Document to_document(const PartRecord& record) {
  Document out = Document::object();
  out.set("number", record.number);
  out.set("size", record.size);
  out.set("etag", record.etag);
  out.set("modified", milliseconds(record.modified_at));
  set_payload(out, record.payload);
  set_checksum(out, "checksum", record.checksum);
  set_checksum(out, "full", record.full);
  return out;
}

PartRecord part_from(const Document& document) {
  PartRecord record;
  record.number = static_cast<uint64_t>(number(document, "number"));
  record.size = static_cast<uint64_t>(number(document, "size"));
  record.etag = text(document, "etag");
  record.modified_at = time(document, "modified");
  record.payload = payload_of(document);
  record.checksum = checksum_of(document, "checksum");
  record.full = checksum_of(document, "full");
  return record;
}

Document to_document(const std::vector<PartRecord>& manifest) {
  Document list = Document::array();
  for (const PartRecord& part : manifest) list.push(to_document(part));
  Document out = Document::object();
  out.set("parts", std::move(list));
  return out;
}

std::vector<PartRecord> manifest_from(const Document& document) {
  std::vector<PartRecord> parts;
  for (const Document& part : document.find("parts")->as_array()) parts.push_back(part_from(part));
  return parts;
}

Document to_document(const UploadRecord& record) {
  Document out = Document::object();
  out.set("created", milliseconds(record.created_at));
  set_description(out, record.description);
  set_tags(out, record.tags);
  if (record.algorithm) out.set("algorithm", name_of(*record.algorithm));
  out.set("checksum_type", name_of(record.checksum_type));
  out.set("initiator", record.initiator_id);
  return out;
}

UploadRecord upload_from(const Document& document) {
  UploadRecord record;
  record.created_at = time(document, "created");
  record.description = description_of(document);
  record.tags = tags_of(document);
  record.algorithm = parse_checksum_algorithm(text(document, "algorithm"));
  record.checksum_type =
      parse_checksum_type(text(document, "checksum_type")).value_or(ChecksumType::kFullObject);
  record.initiator_id = text(document, "initiator");
  return record;
}

std::string make_version_id(uint64_t order, std::string_view random_hex) {
  return fmt::format("{:016x}{}", order, random_hex);
}

std::optional<uint64_t> order_of_version(std::string_view version_id) {
  if (version_id.size() != 32) return std::nullopt;
  uint64_t order = 0;
  const char* end = version_id.data() + 16;
  const auto [stop, error] = std::from_chars(version_id.data(), end, order, 16);
  if (error != std::errc() || stop != end) return std::nullopt;
  return order;
}

}  // namespace haneul::s3
