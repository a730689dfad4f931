// Where the time of cold starts goes: for each runtime, and for each way of starting (the origin of the
// process, or from a snapshot), the sums of three phases. sandbox: from the engine's wish to a main process
// inside; runtime: from there until the runtime client has connected; init: from there until it asks for its
// first invocation (the function's own loading). Thread rule: any thread.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

#include "compute/runtime_choice.h"
#include "sandbox/spec.h"

namespace haneul::compute {

struct StartPhases {
  std::chrono::nanoseconds sandbox{0};
  std::chrono::nanoseconds runtime{0};
  std::chrono::nanoseconds init{0};
};

enum class StartWay : uint8_t { kExecuted, kForked, kWaited, kRestored };

class StartTimes {
 public:
  void record(RuntimeFamily family, StartWay way, const StartPhases& phases);
  std::string text() const;  // Prometheus text

 private:
  struct Sum {
    uint64_t count = 0;
    StartPhases phases;
  };
  static constexpr size_t kFamilies = 5;
  static constexpr size_t kWays = 4;
  mutable std::mutex mutex_;
  std::array<std::array<Sum, kWays>, kFamilies> sums_;
};

constexpr StartWay way_of(sandbox::Origin origin) {
  switch (origin) {
    case sandbox::Origin::kExecuted: return StartWay::kExecuted;
    case sandbox::Origin::kForked: return StartWay::kForked;
    case sandbox::Origin::kWaited: return StartWay::kWaited;
  }
  return StartWay::kExecuted;
}

}  // namespace haneul::compute
