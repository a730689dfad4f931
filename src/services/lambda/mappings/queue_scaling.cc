#include "services/lambda/mappings/queue_scaling.h"

#include <algorithm>

#include "services/lambda/limits.h"

namespace haneul::lambda {

namespace {
constexpr Milliseconds kStep{60'000 / kMappingConcurrencyPerMinute};
}  // namespace

QueueScaling::QueueScaling(int64_t concurrency_max)
    : max_(concurrency_max), start_(std::min(kMappingConcurrencyStart, concurrency_max)), allowed_(start_) {}

void QueueScaling::saturated(Timestamp now) {
  if (!grown_at_) grown_at_ = now;
  const int64_t steps = (now - *grown_at_) / kStep;
  if (steps <= 0) return;
  allowed_ = std::min(max_, allowed_ + steps);
  grown_at_ = *grown_at_ + kStep * steps;
}

void QueueScaling::relaxed() { grown_at_.reset(); }

void QueueScaling::empty() {
  allowed_ = start_;
  grown_at_.reset();
}

void QueueScaling::throttled() {
  allowed_ = std::max<int64_t>(1, allowed_ / 2);
  grown_at_.reset();
}

}  // namespace haneul::lambda
