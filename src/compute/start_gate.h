// StartGate: bounds how many environments begin their life at the same moment. A start is work of a processor
// (a process, imports), so two hundred at once finish later than two hundred a few at a time. Who waits here
// is sent back to look among the idle environments when one of its function became idle.
//
// A place is given up when the init is over. An init that only waits for something outside must not keep
// other functions from starting, so after kHold the place is given up anyway, unless the machine has more to
// run than processors: then the next start would only take time from those that are under way.
//
// Thread rule: any thread; enter() on an executor's thread. Those who wait enter in the order they came.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>

#include "base/task/completion.h"
#include "base/task/task.h"

namespace haneul::compute {

class StartGate : public std::enable_shared_from_this<StartGate> {
 public:
  static constexpr std::chrono::milliseconds kHold{500};
  static constexpr int kHoldsMax = 20;  // even on a busy machine

  class Pass {
   public:
    Pass() = default;
    Pass(Pass&&) noexcept = default;
    Pass& operator=(Pass&& other) noexcept {
      std::swap(held_, other.held_);
      return *this;
    }
    ~Pass() { give_up(); }
    void give_up();

   private:
    friend class StartGate;
    struct Held;
    std::shared_ptr<Held> held_;
  };

  enum class Turn { kEnter, kLookAgain, kClosed };
  struct Entry {
    Turn turn = Turn::kEnter;
    Pass pass;  // of kEnter
  };
  enum class Place { kBack, kFront };  // kFront: for who was sent back and found nothing

  // is_busy: whether the machine has more to run than it can.
  StartGate(size_t places, std::function<bool()> is_busy) : free_(places), is_busy_(std::move(is_busy)) {}
  Task<Entry> enter(std::string key, Place place);
  void look_again(const std::string& key);  // one of those who wait with this key
  void close();                             // nobody waits any longer

 private:
  struct Waiter {
    Completion<Turn> turn;
    bool served = false;  // only its place in the other list is left
  };
  using WaiterPtr = std::shared_ptr<Waiter>;

  void leave();
  void hold(const std::shared_ptr<Pass::Held>& held, int times_left);
  WaiterPtr add_waiter(const std::string& key, Place place);

  std::mutex mutex_;
  size_t free_;
  bool closed_ = false;
  std::function<bool()> is_busy_;
  std::deque<WaiterPtr> waiting_;
  std::unordered_map<std::string, std::deque<WaiterPtr>> by_key_;
};

// The number of tasks that run or want to, against the number of processors.
bool machine_is_busy();

}  // namespace haneul::compute
