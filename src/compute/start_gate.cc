// Passing the places on.
#include "compute/start_gate.h"

#include <fstream>
#include <thread>

#include "base/task/executor.h"

namespace haneul::compute {

struct StartGate::Pass::Held {
  explicit Held(std::shared_ptr<StartGate> its_gate) : gate(std::move(its_gate)) {}
  void give_up() {
    if (!given_up.exchange(true)) gate->leave();
  }
  std::shared_ptr<StartGate> gate;
  std::atomic<bool> given_up{false};
};

void StartGate::Pass::give_up() {
  if (held_) held_->give_up();
  held_.reset();
}

StartGate::WaiterPtr StartGate::add_waiter(const std::string& key, Place place) {
  auto waiter = std::make_shared<Waiter>();
  for (std::deque<WaiterPtr>* list : {&waiting_, &by_key_[key]}) {
    place == Place::kFront ? list->push_front(waiter) : list->push_back(waiter);
  }
  return waiter;
}

Task<StartGate::Entry> StartGate::enter(std::string key, Place place) {
  WaiterPtr waiter;
  Entry entry;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) {
      entry.turn = Turn::kClosed;
    } else if (free_ == 0) {
      waiter = add_waiter(key, place);
    } else {
      --free_;
    }
  }
  if (waiter) entry.turn = *(co_await waiter->turn.wait_forever());
  if (entry.turn != Turn::kEnter) co_return entry;
  entry.pass.held_ = std::make_shared<Pass::Held>(shared_from_this());
  hold(entry.pass.held_, kHoldsMax);
  co_return entry;
}

void StartGate::hold(const std::shared_ptr<Pass::Held>& held, int times_left) {
  Executor::current()->post_after(kHold, [this, held, times_left] {
    if (held->given_up) return;
    if (times_left > 1 && is_busy_()) return hold(held, times_left - 1);
    held->give_up();
  });
}

void StartGate::leave() {
  WaiterPtr next;
  {
    const std::lock_guard lock(mutex_);
    while (!waiting_.empty() && !next) {
      if (!std::exchange(waiting_.front()->served, true)) next = waiting_.front();
      waiting_.pop_front();
    }
    if (!next) ++free_;
  }
  if (next) next->turn.set(Turn::kEnter);
}

void StartGate::look_again(const std::string& key) {
  WaiterPtr next;
  {
    const std::lock_guard lock(mutex_);
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) return;
    std::deque<WaiterPtr>& list = found->second;
    while (!list.empty() && !next) {
      if (!std::exchange(list.front()->served, true)) next = list.front();
      list.pop_front();
    }
    if (list.empty()) by_key_.erase(found);
  }
  if (next) next->turn.set(Turn::kLookAgain);
}

void StartGate::close() {
  std::deque<WaiterPtr> all;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    all.swap(waiting_);
    by_key_.clear();
  }
  for (const WaiterPtr& each : all) each->turn.set(Turn::kClosed);
}

bool machine_is_busy() {
  std::ifstream file("/proc/loadavg");
  std::string one, five, fifteen;
  unsigned runnable = 0;
  if (!(file >> one >> five >> fifteen >> runnable)) return false;
  return runnable > 2 * std::thread::hardware_concurrency();
}

}  // namespace haneul::compute
