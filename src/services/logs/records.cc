#include "services/logs/records.h"

#include "store/record.h"

namespace haneul::logs {

namespace {

int64_t int_of(const Document& record, std::string_view field, int64_t fallback = 0) {
  const Document* value = record.find(field);
  return value != nullptr && value->is_number() ? value->as_int() : fallback;
}

std::optional<int64_t> optional_of(const Document& record, std::string_view field) {
  const Document* value = record.find(field);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  return value->as_int();
}

void set_optional(Document& record, std::string_view field, const std::optional<int64_t>& value) {
  if (value) record.set(field, *value);
}

}  // namespace

std::string encode(const GroupRecord& record) {
  Document document = Document::Object{{"id", record.id}, {"created", record.created}};
  if (record.retention_days) document.set("retention", *record.retention_days);
  if (record.retention_turn > 0) document.set("turn", record.retention_turn);
  if (record.deletion_protection) document.set("protected", true);
  if (!record.tags.empty()) {
    Document& tags = document.set("tags", Document::object());
    for (const auto& [key, value] : record.tags) tags.as_object().emplace_back(key, value);
  }
  return store::encode_record(document);
}

GroupRecord decode_group(std::string_view bytes) {
  const Document document = store::decode_record(bytes);
  GroupRecord record;
  record.id = document.string_or("id", "");
  record.created = int_of(document, "created");
  if (const auto days = optional_of(document, "retention"))
    record.retention_days = static_cast<int32_t>(*days);
  record.retention_turn = static_cast<uint64_t>(int_of(document, "turn"));
  const Document* is_protected = document.find("protected");
  record.deletion_protection = is_protected != nullptr && is_protected->is_bool() && is_protected->as_bool();
  if (const Document* tags = document.find("tags"); tags != nullptr && tags->is_object()) {
    for (const auto& [key, value] : tags->as_object()) record.tags.emplace(key, value.as_string());
  }
  return record;
}

std::string encode(const StreamRecord& record) {
  Document document = Document::Object{{"id", record.id}, {"created", record.created}};
  set_optional(document, "first", record.first_event);
  set_optional(document, "last", record.last_event);
  set_optional(document, "ingested", record.last_ingestion);
  return store::encode_record(document);
}

StreamRecord decode_stream(std::string_view bytes) {
  const Document document = store::decode_record(bytes);
  StreamRecord record;
  record.id = static_cast<uint64_t>(int_of(document, "id"));
  record.created = int_of(document, "created");
  record.first_event = optional_of(document, "first");
  record.last_event = optional_of(document, "last");
  record.last_ingestion = optional_of(document, "ingested");
  return record;
}

std::string encode(const UsageRecord& record) {
  return store::encode_record(Document::Object{{"next", record.next}, {"bytes", record.bytes}});
}

UsageRecord decode_usage(std::string_view bytes) {
  const Document document = store::decode_record(bytes);
  return {.next = static_cast<uint64_t>(int_of(document, "next", 1)),
          .bytes = static_cast<uint64_t>(int_of(document, "bytes"))};
}

std::string encode(const TimeRecord& record) {
  return store::encode_record(Document::Object{
      {"stream", record.stream}, {"id", record.stream_id}, {"last", record.last}, {"bytes", record.bytes}});
}

TimeRecord decode_time(std::string_view bytes) {
  const Document document = store::decode_record(bytes);
  return {.stream = document.string_or("stream", ""),
          .stream_id = static_cast<uint64_t>(int_of(document, "id")),
          .last = int_of(document, "last"),
          .bytes = static_cast<uint64_t>(int_of(document, "bytes"))};
}

}  // namespace haneul::logs
