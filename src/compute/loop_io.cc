// Timers, pipes and the DNS socket on a loop.
#include "compute/loop_io.h"

#include <array>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <sys/socket.h>
#include <unistd.h>

#include "compute/dns_answer.h"

namespace haneul::compute {

namespace asio = boost::asio;
using boost::system::error_code;

struct LoopTimer::Impl {
  explicit Impl(Loop& loop) : timer(loop.context()) {}
  asio::steady_timer timer;
  uint64_t generation = 0;  // a timer that fired while it was taken back must not be heard
};

LoopTimer::LoopTimer(Loop& loop) : impl_(std::make_shared<Impl>(loop)) {}
LoopTimer::~LoopTimer() { cancel(); }

void LoopTimer::arm(std::chrono::milliseconds delay, std::function<void()> due) {
  const uint64_t mine = ++impl_->generation;
  impl_->timer.expires_after(delay);
  impl_->timer.async_wait([weak = std::weak_ptr<Impl>(impl_), mine, due = std::move(due)](error_code error) {
    const auto self = weak.lock();
    if (!error && self && self->generation == mine) due();
  });
}

void LoopTimer::cancel() {
  ++impl_->generation;
  impl_->timer.cancel();
}

struct PipeReader::Impl : std::enable_shared_from_this<Impl> {
  static constexpr size_t kPieceBytes = 64 * 1024;
  static constexpr size_t kDrainBytesMax = 4 * 1024 * 1024;

  Impl(Loop& loop, Fd fd, std::function<void(std::string_view)> used)
      : pipe(loop.context(), fd.release()), take(std::move(used)) {
    pipe.non_blocking(true);
  }

  // One piece; false when the pipe is empty or at its end.
  bool read_piece() {
    if (!pipe.is_open()) return false;
    std::array<char, kPieceBytes> piece;
    const ssize_t count = ::read(pipe.native_handle(), piece.data(), piece.size());
    if (count > 0) {
      take(std::string_view(piece.data(), static_cast<size_t>(count)));
      return true;
    }
    if (count == 0) pipe.close();
    return false;
  }

  void wait() {
    if (!pipe.is_open()) return;
    pipe.async_wait(asio::posix::stream_descriptor::wait_read, [weak = weak_from_this()](error_code error) {
      const auto self = weak.lock();
      if (error || !self || !self->pipe.is_open()) return;
      self->read_piece();
      self->wait();
    });
  }

  asio::posix::stream_descriptor pipe;
  std::function<void(std::string_view)> take;
};

PipeReader::PipeReader(Loop& loop, Fd pipe, std::function<void(std::string_view)> take)
    : impl_(std::make_shared<Impl>(loop, std::move(pipe), std::move(take))) {
  impl_->wait();
}

PipeReader::~PipeReader() {
  error_code ignored;
  impl_->pipe.close(ignored);
}

void PipeReader::drain() {
  for (size_t count = 0; count < Impl::kDrainBytesMax && impl_->read_piece(); count += Impl::kPieceBytes) {
  }
}

struct DnsResponder::Impl : std::enable_shared_from_this<Impl> {
  static constexpr int kAnswersPerTurn = 32;

  Impl(Loop& loop, Fd fd) : socket(loop.context(), fd.release()) { socket.non_blocking(true); }

  bool answer_one() {
    std::array<char, kDnsQueryBytesMax + 1> query;
    sockaddr_storage from{};
    socklen_t from_size = sizeof from;
    auto* address = reinterpret_cast<sockaddr*>(&from);
    const ssize_t count =
        ::recvfrom(socket.native_handle(), query.data(), query.size(), MSG_DONTWAIT, address, &from_size);
    if (count < 0) return false;
    const auto answer = answer_dns(std::string_view(query.data(), static_cast<size_t>(count)));
    if (answer)
      ::sendto(socket.native_handle(), answer->data(), answer->size(), MSG_DONTWAIT, address, from_size);
    return true;
  }

  void wait() {
    socket.async_wait(asio::posix::stream_descriptor::wait_read, [weak = weak_from_this()](error_code error) {
      const auto self = weak.lock();
      if (error || !self) return;
      for (int i = 0; i < kAnswersPerTurn && self->answer_one(); ++i) {
      }
      self->wait();
    });
  }

  asio::posix::stream_descriptor socket;
};

DnsResponder::DnsResponder(Loop& loop, Fd socket) : impl_(std::make_shared<Impl>(loop, std::move(socket))) {
  impl_->wait();
}

DnsResponder::~DnsResponder() {
  error_code ignored;
  impl_->socket.close(ignored);
}

}  // namespace haneul::compute
