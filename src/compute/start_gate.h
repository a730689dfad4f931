// StartGate: bounds how many environments begin their life at the same moment. A start is work of a processor
// (a process, imports), so two hundred at once finish later than two hundred a few at a time, and what waits
// may find an environment that became idle meanwhile. A pass is given up when the init is over, or by itself
// after kHold: an init that waits for something outside must not keep other functions from starting.
//
// Thread rule: any thread; enter() on an executor's thread. Those who wait enter in the order they came.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <utility>

#include "base/task/completion.h"
#include "base/task/task.h"

namespace haneul::compute {

class StartGate : public std::enable_shared_from_this<StartGate> {
 public:
  static constexpr std::chrono::milliseconds kHold{500};

  class Pass {
   public:
    Pass() = default;
    void give_up() {
      if (held_) held_->give_up();
      held_.reset();
    }
    Pass(Pass&&) noexcept = default;
    Pass& operator=(Pass&& other) noexcept {
      std::swap(held_, other.held_);
      return *this;
    }
    ~Pass() { give_up(); }

   private:
    friend class StartGate;
    class Held {
     public:
      explicit Held(std::shared_ptr<StartGate> gate) : gate_(std::move(gate)) {}
      void give_up() {
        if (!given_up_.exchange(true)) gate_->leave();
      }

     private:
      std::shared_ptr<StartGate> gate_;
      std::atomic<bool> given_up_{false};
    };
    std::shared_ptr<Held> held_;
  };

  explicit StartGate(size_t places) : free_(places) {}
  Task<Pass> enter();

 private:
  void leave();
  std::mutex mutex_;
  size_t free_;
  std::deque<Completion<bool>> waiting_;
};

}  // namespace haneul::compute
