#include "base/task/loops.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <sched.h>

#include "base/task/idle_poll.h"

namespace haneul {

struct Loop::Impl {
  boost::asio::io_context context{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard{context.get_executor()};
  std::thread thread;
};

Loop::Loop() : impl_(std::make_unique<Impl>()) {}
Loop::~Loop() { stop_and_join(); }
boost::asio::io_context& Loop::context() { return impl_->context; }

void Loop::post(std::move_only_function<void()> work) {
  boost::asio::post(impl_->context, [work = std::move(work)]() mutable { work(); });
}

void Loop::post_after(Milliseconds delay, std::move_only_function<void()> work) {
  post([this, delay, work = std::move(work)]() mutable {
    auto timer = std::make_shared<boost::asio::steady_timer>(impl_->context, delay);
    timer->async_wait([timer, work = std::move(work)](boost::system::error_code error) mutable {
      if (!error) work();
    });
  });
}

namespace {

using SteadyClock = std::chrono::steady_clock;

// One loop of the process at most looks for work without sleeping: the other processors are for functions.
std::atomic<bool> somebody_looks{false};
// A yield that takes longer has let another thread run.
constexpr auto kYieldMax = std::chrono::microseconds(30);

// True when there was something to do.
bool look_for_work(boost::asio::io_context& context, IdlePoll& idle) {
  const auto window = idle.window();
  if (window.count() == 0 || somebody_looks.exchange(true)) return false;
  bool found = false;
  const auto began = SteadyClock::now();
  for (auto now = began; now - began < window;) {
    found = context.poll_one() > 0;
    if (found) break;
    const auto yielded = SteadyClock::now();
    sched_yield();
    now = SteadyClock::now();
    if (now - yielded > kYieldMax) {
      idle.crowded();
      break;
    }
  }
  somebody_looks.store(false);
  return found;
}

void run_until_stopped(boost::asio::io_context& context) {
  const bool may_look = std::thread::hardware_concurrency() > 1;
  IdlePoll idle;
  while (!context.stopped()) {
    context.poll();
    if (may_look && look_for_work(context, idle)) continue;
    const auto asleep = SteadyClock::now();
    if (context.run_one() == 0) return;
    idle.slept(SteadyClock::now() - asleep);
  }
}

}  // namespace

void Loop::start() {
  impl_->thread = std::thread([this] {
    set_current(this);
    run_until_stopped(impl_->context);
    set_current(nullptr);
  });
}

void Loop::stop_and_join() {
  impl_->context.stop();
  if (impl_->thread.joinable()) impl_->thread.join();
}

Loops::Loops(size_t count) {
  for (size_t i = 0; i < count; ++i) {
    loops_.push_back(std::make_unique<Loop>());
    loops_.back()->start();
  }
}

Loops::~Loops() { stop(); }
Loop& Loops::next() { return *loops_[turn_.fetch_add(1) % loops_.size()]; }

void Loops::stop() {
  for (const auto& loop : loops_) loop->stop_and_join();
}

struct BlockingPool::Impl {
  std::mutex mutex;
  std::condition_variable wake;
  std::deque<std::move_only_function<void()>> queue;
  bool stopping = false;
  std::vector<std::thread> threads;

  void work() {
    std::unique_lock lock(mutex);
    for (;;) {
      wake.wait(lock, [this] { return stopping || !queue.empty(); });
      if (queue.empty()) return;
      auto next = std::move(queue.front());
      queue.pop_front();
      lock.unlock();
      next();
      lock.lock();
    }
  }
};

BlockingPool::BlockingPool(size_t threads) : impl_(std::make_unique<Impl>()) {
  for (size_t i = 0; i < threads; ++i) impl_->threads.emplace_back([this] { impl_->work(); });
}

BlockingPool::~BlockingPool() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
  }
  impl_->wake.notify_all();
  for (std::thread& thread : impl_->threads) thread.join();
}

void BlockingPool::submit(std::move_only_function<void()> work) {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->queue.push_back(std::move(work));
  }
  impl_->wake.notify_one();
}

}  // namespace haneul
