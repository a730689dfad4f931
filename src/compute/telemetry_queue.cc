#include "compute/telemetry_queue.h"

#include <utility>

namespace haneul::compute {

void TelemetryQueue::add(Record record) {
  // A single record may be larger than the rest of the room, as on AWS: "as large as 2 * maxBytes".
  if (is_full()) {
    ++dropped_records_;
    dropped_bytes_ += record->size();
    return;
  }
  bytes_ += record->size();
  records_.push_back(std::move(record));
}

TelemetryQueue::Batch TelemetryQueue::take() {
  Batch batch;
  batch.records.assign(std::make_move_iterator(records_.begin()), std::make_move_iterator(records_.end()));
  records_.clear();
  bytes_ = 0;
  batch.dropped_records = std::exchange(dropped_records_, 0);
  batch.dropped_bytes = std::exchange(dropped_bytes_, 0);
  return batch;
}

}  // namespace haneul::compute
