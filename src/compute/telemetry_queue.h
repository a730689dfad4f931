// TelemetryQueue: what one subscriber is still to be told, in order and within bounds. A subscriber that does
// not keep up loses the newest records, and is told how many. Thread rule: one thread. Pure.
// https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api.html#telemetry-api-buffering
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace haneul::compute {

class TelemetryQueue {
 public:
  using Record = std::shared_ptr<const std::string>;  // one JSON text; shared between subscribers
  TelemetryQueue(size_t items_max, size_t bytes_max) : items_max_(items_max), bytes_max_(bytes_max) {}

  void add(Record record);
  bool empty() const { return records_.empty() && dropped_records_ == 0; }
  bool is_full() const { return records_.size() >= items_max_ || bytes_ >= bytes_max_; }

  struct Batch {
    std::vector<Record> records;
    uint64_t dropped_records = 0;  // after these
    uint64_t dropped_bytes = 0;
  };
  Batch take();  // all there is

 private:
  size_t items_max_;
  size_t bytes_max_;
  std::deque<Record> records_;
  size_t bytes_ = 0;
  uint64_t dropped_records_ = 0;
  uint64_t dropped_bytes_ = 0;
};

}  // namespace haneul::compute
