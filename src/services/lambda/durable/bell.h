// EndBell: wakes those who wait for the end of an execution. Whoever waits looks at the store before and
// after: the bell only says when. What the function of an execution last printed goes with it, for callers
// that asked for the tail of the log. Thread rule: any thread.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/task/completion.h"

namespace haneul::lambda {

class EndBell {
 public:
  struct Seat {
    Completion<bool> ended;
    std::string log_tail;
  };

  std::shared_ptr<Seat> take_seat(const std::string& execution);
  void leave(const std::string& execution, const std::shared_ptr<Seat>& seat);
  void ring(const std::string& execution);
  void tell_tail(const std::string& execution, const std::string& log_tail);
  std::string tail_of(const Seat& seat) const;
  // The server stops: nobody waits any longer.
  void close();
  bool is_closed() const;

 private:
  mutable std::mutex mutex_;
  std::multimap<std::string, std::shared_ptr<Seat>> seats_;
  bool is_closed_ = false;
};

}  // namespace haneul::lambda
