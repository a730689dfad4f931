#include "compute/start_times.h"

#include <fmt/format.h>

namespace haneul::compute {

namespace {

constexpr const char* kFamilyNames[] = {"python", "nodejs", "provided", "ruby", "java"};
constexpr const char* kWayNames[] = {"executed", "forked", "waited", "restored"};

}  // namespace

void StartTimes::record(RuntimeFamily family, StartWay way, const StartPhases& phases) {
  const std::lock_guard lock(mutex_);
  Sum& sum = sums_[static_cast<size_t>(family)][static_cast<size_t>(way)];
  ++sum.count;
  sum.phases.sandbox += phases.sandbox;
  sum.phases.runtime += phases.runtime;
  sum.phases.init += phases.init;
}

std::string StartTimes::text() const {
  std::string out =
      "# HELP haneul_cold_start_seconds Time of cold starts by phase.\n"
      "# TYPE haneul_cold_start_seconds summary\n";
  const std::lock_guard lock(mutex_);
  for (size_t family = 0; family < kFamilies; ++family) {
    for (size_t way = 0; way < kWays; ++way) {
      const Sum& sum = sums_[family][way];
      if (sum.count == 0) continue;
      const auto put = [&](const char* phase, std::chrono::nanoseconds time) {
        const std::string labels = fmt::format("{{runtime=\"{}\",way=\"{}\",phase=\"{}\"}}",
                                               kFamilyNames[family], kWayNames[way], phase);
        const double seconds = std::chrono::duration<double>(time).count();
        out += fmt::format("haneul_cold_start_seconds_sum{} {:.6f}\n", labels, seconds);
        out += fmt::format("haneul_cold_start_seconds_count{} {}\n", labels, sum.count);
      };
      put("sandbox", sum.phases.sandbox);
      put("runtime", sum.phases.runtime);
      put("init", sum.phases.init);
    }
  }
  return out;
}

}  // namespace haneul::compute
