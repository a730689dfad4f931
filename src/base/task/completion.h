// Completion<T>: a one-shot value that any thread may set and at most one coroutine waits for, with a
// deadline. The waiter resumes on the executor it was running on. Shared by copy of the handle: setter and
// waiter may end in any order. set() after set() is ignored (first wins), so racing setters are safe.
//
//   Completion<Answer> done;                  // copyable handle
//   pool.run([done]() mutable { done.set(answer); });
//   std::optional<Answer> a = co_await done.wait(5s);   // empty when the deadline passed
#pragma once

#include <memory>
#include <mutex>
#include <optional>

#include "base/task/executor.h"

namespace haneul {

template <class T>
class Completion {
  struct State {
    std::mutex mutex;
    std::optional<T> value;
    std::coroutine_handle<> waiter;
    Executor* executor = nullptr;
    bool timed_out = false;
  };

 public:
  Completion() : state_(std::make_shared<State>()) {}

  // Returns whether this call was the one that set the value.
  bool set(T value) const {
    std::coroutine_handle<> waiter;
    Executor* executor = nullptr;
    {
      const std::lock_guard lock(state_->mutex);
      if (state_->value || state_->timed_out) return false;
      state_->value.emplace(std::move(value));
      waiter = std::exchange(state_->waiter, {});
      executor = state_->executor;
    }
    if (waiter) executor->post([state = state_, waiter] { waiter.resume(); });
    return true;
  }

  bool is_set() const {
    const std::lock_guard lock(state_->mutex);
    return state_->value.has_value();
  }

  struct Awaiter {
    std::shared_ptr<State> state;
    std::optional<Milliseconds> deadline;
    bool await_ready() const {
      const std::lock_guard lock(state->mutex);
      return state->value.has_value();
    }
    bool await_suspend(std::coroutine_handle<> caller) {
      // The frame that holds this awaiter may be gone the moment the lock is released: keep what is used
      // below.
      const std::shared_ptr<State> kept = state;
      const std::optional<Milliseconds> limit = deadline;
      Executor* executor = Executor::current();
      HANEUL_CHECK(executor != nullptr, "a completion is awaited on an executor's thread");
      {
        const std::lock_guard lock(kept->mutex);
        if (kept->value) return false;
        HANEUL_CHECK(!kept->waiter, "a completion has one waiter");
        kept->waiter = caller;
        kept->executor = executor;
      }
      if (limit) {
        executor->post_after(*limit, [weak = std::weak_ptr<State>(kept)] {
          const std::shared_ptr<State> late = weak.lock();
          if (!late) return;
          std::coroutine_handle<> waiter;
          {
            const std::lock_guard lock(late->mutex);
            if (late->value || !late->waiter) return;
            late->timed_out = true;
            waiter = std::exchange(late->waiter, {});
          }
          waiter.resume();
        });
      }
      return true;
    }
    std::optional<T> await_resume() {
      const std::lock_guard lock(state->mutex);
      return std::move(state->value);
    }
  };

  Awaiter wait(Milliseconds deadline) const { return Awaiter{state_, deadline}; }
  Awaiter wait_forever() const { return Awaiter{state_, std::nullopt}; }  // only where set() is certain

 private:
  std::shared_ptr<State> state_;
};

}  // namespace haneul
