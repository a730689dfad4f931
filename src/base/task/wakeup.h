// Wakeup: how one coroutine sleeps until something happened or a time has passed. Any thread may wake; wakes
// before the wait are remembered once, so none is lost between looking and sleeping.
// Thread rule: one waiter at a time; wake() from any thread.
#pragma once

#include <mutex>
#include <optional>

#include "base/task/completion.h"

namespace haneul {

class Wakeup {
 public:
  void wake() {
    const std::lock_guard lock(mutex_);
    pending_ = true;
    if (waiter_) waiter_->set(true);
  }

  Task<void> wait(Milliseconds at_most) {
    const Completion<bool> woken;
    {
      const std::lock_guard lock(mutex_);
      HANEUL_CHECK(!waiter_, "a wakeup has one waiter");
      if (std::exchange(pending_, false)) co_return;
      waiter_ = woken;
    }
    co_await woken.wait(at_most);
    const std::lock_guard lock(mutex_);
    waiter_.reset();
    pending_ = false;
  }

 private:
  std::mutex mutex_;
  bool pending_ = false;
  std::optional<Completion<bool>> waiter_;
};

}  // namespace haneul
