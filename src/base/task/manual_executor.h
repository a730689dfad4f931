// ManualExecutor: an executor for tests and the simulation. Nothing runs until run() is called on the test's
// own thread; delays are measured on a VirtualClock, so "15 days later" takes no time.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <mutex>

#include "base/task/executor.h"

namespace haneul {

class ManualExecutor final : public Executor {
 public:
  explicit ManualExecutor(VirtualClock& clock) : clock_(clock) {}
  void post(std::move_only_function<void()> work) override;
  void post_after(Milliseconds delay, std::move_only_function<void()> work) override;

  void run();                     // until nothing is ready at the present virtual time
  void advance(Milliseconds by);  // steps the clock from due time to due time, running what comes due

  // Runs a task to its end, moving virtual time when everything waits for it; at most a virtual year.
  template <class T>
  T run_until_done(Task<T> task);

 private:
  bool step_to_next_due(Timestamp limit);
  VirtualClock& clock_;
  std::mutex mutex_;
  std::deque<std::move_only_function<void()>> ready_;
  std::multimap<int64_t, std::move_only_function<void()>> delayed_;
};

template <class T>
T ManualExecutor::run_until_done(Task<T> task) {
  using Stored = std::conditional_t<std::is_void_v<T>, bool, T>;
  std::optional<Stored> value;
  std::exception_ptr error;
  auto body = [](Task<T> inner, std::optional<Stored>& out, std::exception_ptr& failed) -> Task<void> {
    try {
      if constexpr (std::is_void_v<T>) {
        co_await std::move(inner);
        out = true;
      } else {
        out.emplace(co_await std::move(inner));
      }
    } catch (...) {
      failed = std::current_exception();
    }
  };
  spawn(*this, "run_until_done", body(std::move(task), value, error));
  const Timestamp limit = clock_.now() + std::chrono::hours(24 * 366);
  run();
  while (!value && !error && step_to_next_due(limit)) run();
  if (error) std::rethrow_exception(error);
  HANEUL_CHECK(value.has_value(), "the task waits for something that never comes");
  if constexpr (!std::is_void_v<T>) return std::move(*value);
}

}  // namespace haneul
