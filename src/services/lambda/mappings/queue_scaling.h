// QueueScaling: how many batches of a queue may run at once. Five at first; while all run and messages wait,
// 300 more a minute up to the maximum; fewer after throttles; five again when the queue is empty.
// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
// Pure; time is an argument.
#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.h"

namespace haneul::lambda {

class QueueScaling {
 public:
  explicit QueueScaling(int64_t concurrency_max);
  int64_t allowed() const { return allowed_; }
  void saturated(Timestamp now);  // all that are allowed run, and there is more to do
  void relaxed();                 // they do not all run
  void empty();                   // the queue is
  void throttled();               // there was no room for a batch

 private:
  const int64_t max_, start_;
  int64_t allowed_;
  std::optional<Timestamp> grown_at_;
};

}  // namespace haneul::lambda
