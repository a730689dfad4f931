#include "base/task/executor.h"

#include "base/log.h"
#include "base/task/completion.h"

namespace haneul {

namespace {

thread_local Executor* current_executor = nullptr;

// A root coroutine owns its task and frees itself at its end.
struct Root {
  struct promise_type {
    Root get_return_object() { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
  std::coroutine_handle<promise_type> handle;
};

Root run_root(const char* name, Task<void> task) {
  try {
    co_await std::move(task);
  } catch (const std::exception& error) {
    log_error("task ended by an exception", {{"task", name}, {"what", error.what()}});
  }
}

}  // namespace

Executor* Executor::current() { return current_executor; }
void Executor::set_current(Executor* executor) { current_executor = executor; }

void spawn(Executor& executor, const char* name, Task<void> task) {
  const Root root = run_root(name, std::move(task));
  executor.post([handle = root.handle] { handle.resume(); });
}

Task<void> sleep_for(Milliseconds delay) {
  const Completion<bool> never;
  co_await never.wait(delay);
}

}  // namespace haneul
