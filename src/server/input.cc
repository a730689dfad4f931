#include "server/input.h"

#include <cstring>

namespace haneul::server {

namespace {
constexpr size_t kSmall = 8 * 1024;
}

void Input::consume(size_t count) {
  begin_ += count;
  if (begin_ == end_) begin_ = end_ = 0;
}

void Input::release_when_large() {
  if (empty() && buffer_.size() > 4 * kSmall) buffer_ = {};
}

Task<size_t> Input::fill() {
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (buffer_.size() - end_ < kSmall / 2) buffer_.resize(buffer_.empty() ? kSmall : buffer_.size() * 2);
  const size_t count = co_await transport_.read_some({buffer_.data() + end_, buffer_.size() - end_});
  end_ += count;
  co_return count;
}

}  // namespace haneul::server
