#include "base/task/idle_poll.h"

#include <algorithm>

namespace haneul {

void IdlePoll::slept(Duration time) {
  if (shut_for_ > 0) --shut_for_;
  if (time <= kWindowMax) {
    window_ = std::clamp(window_ * 2, kWindowMin, kWindowMax);
  } else {
    window_ /= 2;
    if (window_ < kWindowMin) window_ = Duration(0);
  }
}

}  // namespace haneul
