// What environments are charged.
#include "compute/memory_ledger.h"

#include <algorithm>
#include <fstream>
#include <limits>

namespace haneul::compute {

namespace {
constexpr uint64_t kKibOfMib = 1024;
constexpr uint64_t kUnknownShare = 4;                  // of the memory size, for what has not run yet
constexpr uint64_t kUnknownLeastKib = 32 * kKibOfMib;  // but an interpreter with its imports
constexpr uint64_t kMarginShare = 8;                   // of the peak, for what another event may need
constexpr size_t kPeaksMax = 10'000;
}  // namespace

uint64_t MemoryLedger::expect(const FunctionImage& image) const {
  const uint64_t limit = image.memory_mb * kKibOfMib;
  const auto known = peaks_.find(image.key());
  if (known == peaks_.end()) return std::min(limit, std::max(kUnknownLeastKib, limit / kUnknownShare));
  return std::min(limit, known->second + known->second / kMarginShare);
}

void MemoryLedger::learn(const FunctionImage& image, uint64_t peak_kib) {
  if (peaks_.size() >= kPeaksMax && !peaks_.contains(image.key())) peaks_.clear();  // they are learnt again
  uint64_t& peak = peaks_[image.key()];
  peak = std::max(peak, peak_kib);
}

bool MemoryLedger::machine_has(uint64_t charge_kib) const {
  return !limits_.machine_available || limits_.machine_available() >= limits_.reserve_kib + charge_kib;
}

uint64_t machine_available_kib() {
  std::ifstream file("/proc/meminfo");
  std::string name;
  uint64_t amount = 0;
  while (file >> name >> amount) {
    if (name == "MemAvailable:") return amount;
    file.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  }
  return std::numeric_limits<uint64_t>::max();  // a kernel that does not tell
}

}  // namespace haneul::compute
