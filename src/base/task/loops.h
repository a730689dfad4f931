// Loops: the process's event loops, one thread each, and a small pool for work that blocks (disk syncs,
// unpacking). Asio stays behind this header and base/task/asio.h; both are for the floors that do input and
// output. Thread rule: any thread. stop() ends all loops and joins; work posted after it is dropped.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "base/task/completion.h"
#include "base/task/executor.h"

namespace boost::asio {
class io_context;
}

namespace haneul {

class Loop final : public Executor {
 public:
  Loop();
  ~Loop() override;
  void post(std::move_only_function<void()> work) override;
  void post_after(Milliseconds delay, std::move_only_function<void()> work) override;
  boost::asio::io_context& context();
  void start();
  void stop_and_join();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

class Loops {
 public:
  explicit Loops(size_t count);
  ~Loops();
  size_t size() const { return loops_.size(); }
  Loop& at(size_t index) { return *loops_[index]; }
  Loop& next();  // round robin
  void stop();

 private:
  std::vector<std::unique_ptr<Loop>> loops_;
  std::atomic<size_t> turn_{0};
};

// Threads for blocking calls. run() may be awaited on an executor's thread and resumes there; an exception of
// the work is rethrown to the awaiter. The queue is bounded by the callers: each caller awaits its own work.
class BlockingPool {
 public:
  explicit BlockingPool(size_t threads);
  ~BlockingPool();
  void submit(std::move_only_function<void()> work);

  template <class F>
  auto run(F work) -> Task<decltype(work())> {
    using R = decltype(work());
    using Stored = std::conditional_t<std::is_void_v<R>, bool, R>;
    struct Outcome {
      std::optional<Stored> value;
      std::exception_ptr error;
    };
    const Completion<std::shared_ptr<Outcome>> done;
    submit([done, work = std::move(work)]() mutable {
      auto outcome = std::make_shared<Outcome>();
      try {
        if constexpr (std::is_void_v<R>) {
          work();
          outcome->value = true;
        } else {
          outcome->value.emplace(work());
        }
      } catch (...) {
        outcome->error = std::current_exception();
      }
      done.set(std::move(outcome));
    });
    const auto outcome = *(co_await done.wait_forever());
    if (outcome->error) std::rethrow_exception(outcome->error);
    if constexpr (!std::is_void_v<R>) co_return std::move(*outcome->value);
  }

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace haneul
