// MemoryLedger: how much memory environments may take together, and what each is charged. Most functions use
// a small part of their memory size, so an environment is charged by use: its own peak once that is known,
// before that what others of the same version needed, before that a part of its memory size. Charges can
// fall short of what is used later; the machine's free memory has the last word.
//
// Thread rule: none of its own; Pool calls it under its lock. All amounts are KiB.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>

#include "compute/image.h"

namespace haneul::compute {

struct MemoryLimits {
  uint64_t total_kib = 0;                       // of all charges together
  uint64_t reserve_kib = 0;                     // of the machine's free memory, never given to environments
  std::function<uint64_t()> machine_available;  // KiB; empty: the machine is not asked
};

class MemoryLedger {
 public:
  explicit MemoryLedger(MemoryLimits limits) : limits_(std::move(limits)) {}

  // What a new environment of this image is charged.
  uint64_t expect(const FunctionImage& image) const;
  // An environment of it peaked at so much during an invocation.
  void learn(const FunctionImage& image, uint64_t peak_kib);

  bool fits(uint64_t charge_kib) const { return charged_kib_ + charge_kib <= limits_.total_kib; }
  // Whether the machine itself has so much left beyond the reserve.
  bool machine_has(uint64_t charge_kib) const;
  void charge(uint64_t charge_kib) { charged_kib_ += charge_kib; }
  void recharge(uint64_t from_kib, uint64_t to_kib) { charged_kib_ = charged_kib_ - from_kib + to_kib; }
  uint64_t charged_kib() const { return charged_kib_; }

 private:
  MemoryLimits limits_;
  uint64_t charged_kib_ = 0;
  std::unordered_map<std::string, uint64_t> peaks_;  // by image key; bounded
};

// Memory that programs could take without swapping, MemAvailable of /proc/meminfo.
uint64_t machine_available_kib();

}  // namespace haneul::compute
