// Time is an argument. Everything that needs the hour is given a Clock; the process has one SystemClock,
// tests and the simulation have a VirtualClock that moves when told to. Thread rule: all methods may be
// called from any thread.
#pragma once

#include <atomic>
#include <chrono>

namespace haneul {

using Timestamp = std::chrono::sys_time<std::chrono::milliseconds>;
using Milliseconds = std::chrono::milliseconds;
using Seconds = std::chrono::seconds;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Timestamp now() const = 0;                       // wall clock, UTC
  virtual std::chrono::nanoseconds monotonic() const = 0;  // never goes back; for durations only
};

class SystemClock final : public Clock {
 public:
  Timestamp now() const override;
  std::chrono::nanoseconds monotonic() const override;
};

class VirtualClock final : public Clock {
 public:
  explicit VirtualClock(Timestamp start = Timestamp(std::chrono::seconds(1'700'000'000)));
  Timestamp now() const override;
  std::chrono::nanoseconds monotonic() const override;
  void advance(Milliseconds by);

 private:
  std::atomic<int64_t> now_ms_;
  int64_t start_ms_;
};

}  // namespace haneul
