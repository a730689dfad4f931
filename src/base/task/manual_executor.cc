#include "base/task/manual_executor.h"

namespace haneul {

void ManualExecutor::post(std::move_only_function<void()> work) {
  const std::lock_guard lock(mutex_);
  ready_.push_back(std::move(work));
}

void ManualExecutor::post_after(Milliseconds delay, std::move_only_function<void()> work) {
  const std::lock_guard lock(mutex_);
  delayed_.emplace((clock_.now() + delay).time_since_epoch().count(), std::move(work));
}

void ManualExecutor::run() {
  Executor* outer = current();
  set_current(this);
  for (;;) {
    std::move_only_function<void()> work;
    {
      const std::lock_guard lock(mutex_);
      const auto due = delayed_.begin();
      if (due != delayed_.end() && due->first <= clock_.now().time_since_epoch().count()) {
        ready_.push_back(std::move(due->second));
        delayed_.erase(due);
      }
      if (ready_.empty()) break;
      work = std::move(ready_.front());
      ready_.pop_front();
    }
    work();
  }
  set_current(outer);
}

bool ManualExecutor::step_to_next_due(Timestamp limit) {
  int64_t due = 0;
  {
    const std::lock_guard lock(mutex_);
    if (delayed_.empty()) return false;
    due = delayed_.begin()->first;
  }
  if (due > limit.time_since_epoch().count()) return false;
  const Timestamp at{Milliseconds(due)};
  if (at > clock_.now()) clock_.advance(at - clock_.now());
  return true;
}

void ManualExecutor::advance(Milliseconds by) {
  const Timestamp end = clock_.now() + by;
  run();
  while (step_to_next_due(end)) run();
  if (clock_.now() < end) clock_.advance(end - clock_.now());
  run();
}

}  // namespace haneul
