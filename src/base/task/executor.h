// Executor: where coroutines run. The process has a Loops pool of single-threaded event loops (one per core,
// base/task/loops.h); a connection and each request on it stay on one loop, so a coroutine needs no lock
// against itself. Between two requests a connection may move to the loop that its last answer came from.
// Tests and the simulation use ManualExecutor, which runs on the calling thread against a virtual clock.
//
// Thread rule: post, post_after and spawn may be called from any thread. current() is the executor whose
// thread is running now, null on foreign threads.
#pragma once

#include <functional>

#include "base/clock.h"
#include "base/task/task.h"

namespace haneul {

class Executor {
 public:
  virtual ~Executor() = default;
  virtual void post(std::move_only_function<void()> work) = 0;
  virtual void post_after(Milliseconds delay, std::move_only_function<void()> work) = 0;
  static Executor* current();

 protected:
  static void set_current(Executor* executor);
};

// Starts a task on the executor and lets it run to its end. The root catches what the task throws, logs it
// with the given name and goes on; a root that must report failures does so itself.
void spawn(Executor& executor, const char* name, Task<void> task);

// Suspends the calling coroutine, which resumes on that executor.
struct ContinueOn {
  Executor& executor;
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> caller) const {
    executor.post([caller] { caller.resume(); });
  }
  void await_resume() const noexcept {}
};
inline ContinueOn continue_on(Executor& executor) { return {executor}; }

// Suspends the calling coroutine for the delay; it resumes on the executor it was running on.
Task<void> sleep_for(Milliseconds delay);

}  // namespace haneul
