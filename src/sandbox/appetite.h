// How many of something to hold ready: few while nobody asks, twice as many each time they ran out, one fewer
// after each quiet spell. An idle machine keeps the fewest; a burst is met by what the burst before it
// needed.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace haneul::sandbox {

using SteadyTime = std::chrono::steady_clock::time_point;

class Appetite {
 public:
  static constexpr std::chrono::seconds kQuiet{20};

  Appetite(size_t fewest, size_t most) : fewest_(std::min(fewest, most)), most_(most), wanted_(fewest_) {}

  size_t wanted() const { return wanted_; }
  void ran_out() { wanted_ = std::min(most_, std::max<size_t>(2 * wanted_, 1)); }
  void was_used(SteadyTime now) { last_change_ = now; }
  void digest(SteadyTime now) {
    if (wanted_ == fewest_ || now - last_change_ < kQuiet) return;
    --wanted_;
    last_change_ = now;
  }
  bool at_rest() const { return wanted_ == fewest_; }

 private:
  size_t fewest_;
  size_t most_;
  size_t wanted_;
  SteadyTime last_change_{};
};

}  // namespace haneul::sandbox
