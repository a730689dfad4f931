// Events of mappings: the records of queues and streams as functions are given them.
// https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
// https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html
// https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
#pragma once

#include <string>
#include <vector>

#include "platform/event_sources.h"
#include "services/lambda/mappings/record.h"

namespace haneul::lambda {

// One record on its way to the function.
struct Item {
  std::string id;              // what a partial answer names: message id, or sequence number
  std::string receipt_handle;  // of a message
  std::string partition_key;   // of a stream's record
  Timestamp arrived_at{};      // of a stream's record
  std::string json;            // as it stands in the event
  uint64_t ordinal = 0;        // its place among what a shard gave
};

Document message_event(const MappingRecord& mapping, const platform::QueueMessage& message);
// `role` is the function's: the identity that read the record.
struct StreamPlace {
  std::string shard, role;
};
Document stream_event(const MappingRecord& mapping, const StreamPlace& place,
                      const platform::StreamRecord& record);

// {"Records": [...]}, followed by further members, each as ,"name":value.
std::string make_payload(const std::vector<Item>& items, size_t count, std::string_view further = {});
// What a batch may hold beside its frame, of the 6 MB of an invocation.
inline constexpr size_t kBatchBytesMax = 6'291'456 - 1024;

}  // namespace haneul::lambda
