#include "base/clock.h"

namespace haneul {

Timestamp SystemClock::now() const {
  return std::chrono::time_point_cast<Milliseconds>(std::chrono::system_clock::now());
}

std::chrono::nanoseconds SystemClock::monotonic() const {
  return std::chrono::steady_clock::now().time_since_epoch();
}

VirtualClock::VirtualClock(Timestamp start)
    : now_ms_(start.time_since_epoch().count()), start_ms_(start.time_since_epoch().count()) {}

Timestamp VirtualClock::now() const { return Timestamp(Milliseconds(now_ms_.load())); }

std::chrono::nanoseconds VirtualClock::monotonic() const { return Milliseconds(now_ms_.load() - start_ms_); }

void VirtualClock::advance(Milliseconds by) { now_ms_.fetch_add(by.count()); }

}  // namespace haneul
