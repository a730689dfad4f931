// Records: what the rows of CloudWatch Logs hold beside the events themselves (event_batch.h). Encoded with
// store::encode_record; a field that is not there reads as its default.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace haneul::logs {

struct GroupRecord {
  std::string id;
  int64_t created = 0;  // ms, like all times here
  std::optional<int32_t> retention_days;
  uint64_t retention_turn = 0;  // counts the changes of the policy; the worker of an older turn ends
  bool deletion_protection = false;
  std::map<std::string, std::string> tags;
};

struct StreamRecord {
  uint64_t id = 0;  // unique in the group
  int64_t created = 0;
  std::optional<int64_t> first_event, last_event, last_ingestion;
};

struct UsageRecord {
  uint64_t next = 1;   // the next sequence: rows of events and ids of streams
  uint64_t bytes = 0;  // messages and the overhead of each event
};

struct TimeRecord {  // of a row of events, in the order of the whole group
  std::string stream;
  uint64_t stream_id = 0;
  int64_t last = 0;  // time of the row's last event
  uint64_t bytes = 0;
};

std::string encode(const GroupRecord& record);
std::string encode(const StreamRecord& record);
std::string encode(const UsageRecord& record);
std::string encode(const TimeRecord& record);
GroupRecord decode_group(std::string_view bytes);
StreamRecord decode_stream(std::string_view bytes);
UsageRecord decode_usage(std::string_view bytes);
TimeRecord decode_time(std::string_view bytes);

}  // namespace haneul::logs
