// IdlePoll: how long an event loop that has run out of work looks for more before it sleeps. A thread that
// sleeps takes 30 to 50 us to wake on a virtual machine, as long as much of what a loop does; a loop whose
// sleeps turn out short had better stayed awake. The window follows the sleeps: it opens while they are short
// and closes when they are long, so that a server that is asked now and then sleeps as if there were none.
// Other threads go first: when one takes the processor from a loop that looks, it stops for some sleeps.
//
// Source: how hosts poll before they halt a virtual processor,
// https://docs.kernel.org/virt/kvm/halt-polling.html
// Thread rule: of one loop's thread. Durations are of a monotonic clock.
#pragma once

#include <chrono>

namespace haneul {

class IdlePoll {
 public:
  using Duration = std::chrono::nanoseconds;
  static constexpr Duration kWindowMax = std::chrono::microseconds(250);
  static constexpr Duration kWindowMin = std::chrono::microseconds(25);
  static constexpr int kShutSleeps = 8;

  Duration window() const { return shut_for_ > 0 ? Duration(0) : window_; }  // 0: sleep at once
  void slept(Duration time);                   // so long there was nothing to do
  void crowded() { shut_for_ = kShutSleeps; }  // another thread wanted the processor meanwhile

 private:
  Duration window_{0};
  int shut_for_ = 0;  // sleeps
};

}  // namespace haneul
