#include "services/lambda/mappings/events.h"

#include "base/json.h"
#include "base/text.h"

namespace haneul::lambda {

namespace {

// ReceiveMessage writes DataType, StringValue, BinaryValue; the event writes their names with a small letter
// and has lists that are always empty.
Document attribute_event(const Document& attribute) {
  Document out = Document::object();
  if (const Document* text = attribute.find("StringValue")) out.set("stringValue", *text);
  if (const Document* bytes = attribute.find("BinaryValue")) out.set("binaryValue", *bytes);
  out.set("stringListValues", Document::array());
  out.set("binaryListValues", Document::array());
  out.set("dataType", attribute.string_or("DataType", ""));
  return out;
}

Document data_event(const StreamPlace& place, const platform::StreamRecord& record) {
  Document data = Document::object();
  data.set("kinesisSchemaVersion", "1.0");
  data.set("partitionKey", record.partition_key);
  data.set("sequenceNumber", record.sequence_number);
  data.set("data", base64_encode(record.data));
  data.set("approximateArrivalTimestamp",
           static_cast<double>(record.arrived_at.time_since_epoch().count()) / 1000.0);
  Document out = Document::object();
  out.set("kinesis", std::move(data));
  out.set("eventSource", "aws:kinesis");
  out.set("eventVersion", "1.0");
  out.set("eventID", place.shard + ":" + record.sequence_number);
  out.set("eventName", "aws:kinesis:record");
  out.set("invokeIdentityArn", place.role);
  return out;
}

Document change_event(const platform::StreamRecord& record) {
  Document out = Document::object();
  const Document& change = record.change;
  for (const char* name : {"eventID", "eventName", "eventVersion"}) out.set(name, change.string_or(name, ""));
  out.set("eventSource", "aws:dynamodb");
  if (const Document* identity = change.find("userIdentity")) out.set("userIdentity", *identity);
  if (const Document* data = change.find("dynamodb")) out.set("dynamodb", *data);
  return out;
}

}  // namespace

Document message_event(const MappingRecord& mapping, const platform::QueueMessage& message) {
  Document attributes = Document::object();
  for (const auto& [name, value] : message.attributes) attributes.set(name, value);
  Document own = Document::object();
  if (message.message_attributes.is_object()) {
    for (const auto& [name, value] : message.message_attributes.as_object())
      own.set(name, attribute_event(value));
  }
  Document out = Document::object();
  out.set("messageId", message.id);
  out.set("receiptHandle", message.receipt_handle);
  out.set("body", message.body);
  out.set("attributes", std::move(attributes));
  out.set("messageAttributes", std::move(own));
  if (!message.message_attributes_md5.empty())
    out.set("md5OfMessageAttributes", message.message_attributes_md5);
  out.set("md5OfBody", message.body_md5);
  out.set("eventSource", "aws:sqs");
  out.set("eventSourceARN", mapping.source_arn);
  out.set("awsRegion", mapping.source_region());
  return out;
}

Document stream_event(const MappingRecord& mapping, const StreamPlace& place,
                      const platform::StreamRecord& record) {
  const bool is_data = mapping.kind() == SourceKind::kDataStream;
  Document out = is_data ? data_event(place, record) : change_event(record);
  out.set("awsRegion", mapping.source_region());
  out.set("eventSourceARN", mapping.source_arn);
  return out;
}

std::string make_payload(const std::vector<Item>& items, size_t count, std::string_view further) {
  size_t bytes = further.size() + 16;
  for (size_t at = 0; at < count; ++at) bytes += items[at].json.size() + 1;
  std::string out = R"({"Records":[)";
  out.reserve(bytes);
  for (size_t at = 0; at < count; ++at) {
    if (at > 0) out += ',';
    out += items[at].json;
  }
  out += ']';
  out += further;
  out += '}';
  return out;
}

}  // namespace haneul::lambda
