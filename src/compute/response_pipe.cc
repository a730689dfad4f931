#include "compute/response_pipe.h"

#include <algorithm>
#include <utility>

namespace haneul::compute {

void ResponsePipe::wake(std::unique_lock<std::mutex>& lock) {
  const auto waiter = std::exchange(waiter_, std::nullopt);
  lock.unlock();
  if (waiter) waiter->set(true);
}

Task<void> ResponsePipe::wait_for_change(std::unique_lock<std::mutex>& lock) {
  const Completion<bool> changed;
  waiter_ = changed;
  lock.unlock();
  co_await changed.wait_forever();
}

void ResponsePipe::open(std::string content_type) {
  std::unique_lock lock(mutex_);
  if (is_finished_ || is_open_) return;
  content_type_ = std::move(content_type);
  is_open_ = true;
  wake(lock);
}

ResponsePipe::Flow ResponsePipe::write(std::string_view bytes, std::function<void()> resume) {
  std::unique_lock lock(mutex_);
  written_ += bytes.size();
  if (is_finished_ || is_abandoned_) return Flow::kGoOn;
  held_ += bytes;
  const bool is_full = held_.size() - taken_ >= kHeldBytesMax;
  if (is_full) resume_ = std::move(resume);
  wake(lock);
  return is_full ? Flow::kWait : Flow::kGoOn;
}

void ResponsePipe::finish() {
  std::unique_lock lock(mutex_);
  is_finished_ = true;
  const auto dropped = std::exchange(resume_, nullptr);  // its captures end outside of the lock
  wake(lock);
}

Task<bool> ResponsePipe::started() {
  for (;;) {
    std::unique_lock lock(mutex_);
    if (is_open_) co_return true;
    if (is_finished_) co_return false;
    co_await wait_for_change(lock);
  }
}

Task<size_t> ResponsePipe::read(std::span<char> out) {
  for (;;) {
    std::unique_lock lock(mutex_);
    const size_t count = std::min(out.size(), held_.size() - taken_);
    if (count > 0) {
      std::copy_n(held_.data() + taken_, count, out.data());
      taken_ += count;
      if (taken_ == held_.size()) {
        held_.clear();
        taken_ = 0;
      }
      std::function<void()> resume;
      if (held_.size() - taken_ < kHeldBytesMax / 2) resume = std::exchange(resume_, nullptr);
      lock.unlock();
      if (resume) resume();
      co_return count;
    }
    if (is_finished_) co_return size_t{0};
    co_await wait_for_change(lock);
  }
}

void ResponsePipe::abandon() {
  std::unique_lock lock(mutex_);
  is_abandoned_ = true;
  held_ = {};
  taken_ = 0;
  const auto resume = std::exchange(resume_, nullptr);
  lock.unlock();
  if (resume) resume();
}

uint64_t ResponsePipe::written() const {
  const std::lock_guard lock(mutex_);
  return written_;
}

}  // namespace haneul::compute
