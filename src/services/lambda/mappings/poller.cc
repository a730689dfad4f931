#include "services/lambda/mappings/poller.h"

#include <algorithm>

#include "base/log.h"

namespace haneul::lambda {

namespace {

constexpr Milliseconds kTroubleFirst{1'000};
constexpr Milliseconds kTroubleMax{60'000};
constexpr Milliseconds kEndPause{10};
constexpr Milliseconds kLookAgain{60'000};  // a wake that was lost would be found by then

}  // namespace

Milliseconds trouble_pause(int64_t failures) {
  const int64_t doublings = std::clamp<int64_t>(failures - 1, 0, 10);
  return std::min(kTroubleFirst * (int64_t{1} << doublings), kTroubleMax);
}

Poller::Poller(PollerParts parts)
    : parts_(std::move(parts)),
      filter_(parts_.mapping),
      checkpoints_(parts_.core, parts_.mapping),
      access_(parts_.core, parts_.mapping) {}

void Poller::start() {
  spawn(parts_.executor, "event source mapping",
        [](std::shared_ptr<Poller> self) -> Task<void> { co_await self->root(); }(shared_from_this()));
}

void Poller::request_stop() {
  stopping_.store(true, std::memory_order_relaxed);
  parts_.executor.post([self = shared_from_this()] {
    for (Wakeup* sleeper : self->sleepers_) sleeper->wake();
    self->idle_.wake();
  });
}

Task<bool> Poller::stop(Milliseconds patience) {
  request_stop();
  const Timestamp given_up_at = now() + patience;
  while (!has_ended_ && now() < given_up_at) co_await sleep_for(kEndPause);
  co_return has_ended_;
}

Task<void> Poller::root() {
  try {
    co_await poll();
  } catch (const std::exception& error) {
    log_error("a poller ended early", {{"mapping", parts_.mapping.uuid}, {"what", error.what()}});
  }
  stopping_.store(true, std::memory_order_relaxed);
  while (running_ > 0) co_await idle_.wait(kLookAgain);
  has_ended_ = true;
}

Task<void> Poller::sleep(Wakeup& wakeup, Milliseconds at_most) {
  if (is_stopping()) co_return;
  sleepers_.insert(&wakeup);
  co_await wakeup.wait(std::max(at_most, Milliseconds(1)));
  sleepers_.erase(&wakeup);
}

Task<void> Poller::sleep(Milliseconds at_most) {
  Wakeup own;
  co_await sleep(own, at_most);
}

void Poller::run_beside(const char* name, Task<void> task) {
  ++running_;
  spawn(parts_.executor, name,
        [](std::shared_ptr<Poller> self, const char* what, Task<void> inner) -> Task<void> {
          co_await self->guard(what, std::move(inner));
        }(shared_from_this(), name, std::move(task)));
}

Task<void> Poller::guard(const char* name, Task<void> task) {
  try {
    co_await std::move(task);
  } catch (const std::exception& error) {
    log_warning("work of a poller failed",
                {{"mapping", parts_.mapping.uuid}, {"work", name}, {"what", error.what()}});
  }
  --running_;
  idle_.wake();
}

void Poller::note_result(const std::string& text) {
  if (text == result_) return;
  result_ = text;
  checkpoints_.note_result(text);
}

}  // namespace haneul::lambda
