// Passing the places on.
#include "compute/start_gate.h"

#include "base/task/executor.h"

namespace haneul::compute {

Task<StartGate::Pass> StartGate::enter() {
  const Completion<bool> turn;
  bool waits = false;
  {
    const std::lock_guard lock(mutex_);
    waits = free_ == 0;
    if (waits) {
      waiting_.push_back(turn);
    } else {
      --free_;
    }
  }
  if (waits) co_await turn.wait_forever();
  Pass pass;
  pass.held_ = std::make_shared<Pass::Held>(shared_from_this());
  Executor::current()->post_after(kHold, [held = pass.held_] { held->give_up(); });
  co_return pass;
}

void StartGate::leave() {
  Completion<bool> next;
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.empty()) {
      ++free_;
      return;
    }
    next = waiting_.front();
    waiting_.pop_front();
  }
  next.set(true);
}

}  // namespace haneul::compute
