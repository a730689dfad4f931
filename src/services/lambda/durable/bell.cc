#include "services/lambda/durable/bell.h"

#include <vector>

namespace haneul::lambda {

std::shared_ptr<EndBell::Seat> EndBell::take_seat(const std::string& execution) {
  auto seat = std::make_shared<Seat>();
  const std::lock_guard lock(mutex_);
  seats_.emplace(execution, seat);
  return seat;
}

void EndBell::leave(const std::string& execution, const std::shared_ptr<Seat>& seat) {
  const std::lock_guard lock(mutex_);
  const auto [from, to] = seats_.equal_range(execution);
  for (auto at = from; at != to; ++at) {
    if (at->second != seat) continue;
    seats_.erase(at);
    return;
  }
}

void EndBell::ring(const std::string& execution) {
  std::vector<std::shared_ptr<Seat>> seated;
  {
    const std::lock_guard lock(mutex_);
    const auto [from, to] = seats_.equal_range(execution);
    for (auto at = from; at != to; ++at) seated.push_back(at->second);
  }
  for (const auto& seat : seated) seat->ended.set(true);
}

void EndBell::tell_tail(const std::string& execution, const std::string& log_tail) {
  const std::lock_guard lock(mutex_);
  const auto [from, to] = seats_.equal_range(execution);
  for (auto at = from; at != to; ++at) at->second->log_tail = log_tail;
}

void EndBell::close() {
  std::vector<std::shared_ptr<Seat>> seated;
  {
    const std::lock_guard lock(mutex_);
    is_closed_ = true;
    for (const auto& [execution, seat] : seats_) seated.push_back(seat);
  }
  for (const auto& seat : seated) seat->ended.set(true);
}

bool EndBell::is_closed() const {
  const std::lock_guard lock(mutex_);
  return is_closed_;
}

std::string EndBell::tail_of(const Seat& seat) const {
  const std::lock_guard lock(mutex_);
  return seat.log_tail;
}

}  // namespace haneul::lambda
