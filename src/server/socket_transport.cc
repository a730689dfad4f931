#include "server/socket_transport.h"

#include <array>
#include <cerrno>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/task/asio.h"

namespace haneul::server {

namespace {

using boost::system::error_code;
using Descriptor = boost::asio::posix::stream_descriptor;
using SteadyClock = std::chrono::steady_clock;
using Kind = TransportError::Kind;

constexpr SteadyClock::time_point kNever = SteadyClock::time_point::max();
constexpr size_t kTlsRecordBytes = size_t{16} * 1024;
constexpr size_t kPiecesMax = 8;
constexpr int kTurnsBeforeYield = 32;
constexpr char kTlsHandshakeRecord = 0x16;

struct SslFree {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};

bool would_block(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

}  // namespace

struct SocketTransport::Impl {
  Impl(boost::asio::io_context& context, Milliseconds patience)
      : descriptor(context), write_patience(patience) {}

  Descriptor descriptor;
  std::unique_ptr<SSL, SslFree> ssl;
  Milliseconds write_patience;
  SteadyClock::time_point read_deadline = kNever;
  SteadyClock::time_point write_deadline = kNever;
  SteadyClock::time_point idle_since = SteadyClock::now();
  Phase phase = Phase::kIdle;
  std::optional<Kind> aborted;  // for good
  bool read_is_late = false;    // until the read has said so
  bool more_is_likely = false;  // the last read filled its buffer
  int turns = 0;                // calls that did not wait, since the last that did
  std::string gathered;         // small TLS answers leave as one record

  void require_open() const {
    if (aborted) throw TransportError(*aborted);
  }

  void require_in_time() {
    require_open();
    if (!read_is_late) return;
    read_is_late = false;
    read_deadline = kNever;
    throw TransportError(Kind::kTimeout);
  }

  void wake() {
    error_code ignored;
    descriptor.cancel(ignored);
  }

  Task<void> wait_for(Descriptor::wait_type what) {
    require_open();
    const error_code error = co_await await_asio<error_code>(
        [&](auto handler) { descriptor.async_wait(what, std::move(handler)); });
    require_in_time();
    if (error) throw TransportError(Kind::kReset);
    turns = 0;
  }

  // A peer that is always ready must not keep the other connections of the loop from their turn.
  Task<void> be_fair() {
    if (++turns < kTurnsBeforeYield) co_return;
    turns = 0;
    co_await await_asio<>(
        [&](auto handler) { boost::asio::post(descriptor.get_executor(), std::move(handler)); });
    require_open();
  }

  // The first byte, which stays to be read; nothing at the end of the stream. The reactor may wake who waits
  // for what was meant for a connection that is gone, so that readiness is a hint.
  Task<std::optional<char>> peek() {
    for (;;) {
      co_await wait_for(Descriptor::wait_read);
      char first = 0;
      const ssize_t count = ::recv(descriptor.native_handle(), &first, 1, MSG_PEEK | MSG_DONTWAIT);
      if (count == 0) co_return std::nullopt;
      if (count > 0) co_return first;
      if (!would_block(errno)) throw TransportError(Kind::kReset);
    }
  }

  Task<void> wait_writable() {
    write_deadline = SteadyClock::now() + write_patience;
    co_await wait_for(Descriptor::wait_write);
    write_deadline = kNever;
  }

  Task<size_t> read_plain(std::span<char> out) {
    if (more_is_likely) {
      co_await be_fair();
      const ssize_t count = ::recv(descriptor.native_handle(), out.data(), out.size(), MSG_DONTWAIT);
      if (count >= 0) co_return took(static_cast<size_t>(count), out.size());
      if (!would_block(errno)) throw TransportError(Kind::kReset);
    }
    turns = 0;
    const auto [error, count] = co_await await_asio<error_code, size_t>([&](auto handler) {
      descriptor.async_read_some(boost::asio::buffer(out.data(), out.size()), std::move(handler));
    });
    require_in_time();
    if (error == boost::asio::error::eof) co_return 0;
    if (error) throw TransportError(Kind::kReset);
    co_return took(count, out.size());
  }

  size_t took(size_t count, size_t room) {
    more_is_likely = count == room;
    return count;
  }

  Task<size_t> read_tls(std::span<char> out) {
    for (;;) {
      ERR_clear_error();
      size_t count = 0;
      if (SSL_read_ex(ssl.get(), out.data(), out.size(), &count) == 1) {
        co_await be_fair();
        co_return count;
      }
      if (co_await tls_ended()) co_return 0;
    }
  }

  // After a call that did not succeed: waits for what it wants. True at an orderly or disorderly end of the
  // stream (bodies are framed by HTTP, so a missing close_notify takes nothing in for a whole).
  Task<bool> tls_ended() {
    switch (SSL_get_error(ssl.get(), 0)) {
      case SSL_ERROR_WANT_READ: co_await wait_for(Descriptor::wait_read); co_return false;
      case SSL_ERROR_WANT_WRITE: co_await wait_writable(); co_return false;
      case SSL_ERROR_ZERO_RETURN: co_return true;
      default: throw TransportError(Kind::kReset);
    }
  }

  Task<void> handshake(TlsContext& tls) {
    ssl.reset(SSL_new(tls.native()));
    if (!ssl || SSL_set_fd(ssl.get(), descriptor.native_handle()) != 1) throw TransportError(Kind::kReset);
    SSL_set_accept_state(ssl.get());
    for (;;) {
      ERR_clear_error();
      if (SSL_do_handshake(ssl.get()) == 1) co_return;
      if (co_await tls_ended()) throw TransportError(Kind::kReset);
    }
  }

  Task<void> write_tls(std::string_view bytes) {
    while (!bytes.empty()) {
      require_open();
      ERR_clear_error();
      size_t count = 0;
      if (SSL_write_ex(ssl.get(), bytes.data(), bytes.size(), &count) == 1) {
        bytes.remove_prefix(count);
      } else if (co_await tls_ended()) {
        throw TransportError(Kind::kReset);
      }
    }
  }

  Task<void> write_plain(std::span<const std::string_view> pieces) {
    std::array<iovec, kPiecesMax> parts;
    size_t count = 0;
    for (const std::string_view piece : pieces) {
      if (!piece.empty()) parts[count++] = {const_cast<char*>(piece.data()), piece.size()};
    }
    size_t next = 0;
    while (next < count) {
      msghdr message{};
      message.msg_iov = &parts[next];
      message.msg_iovlen = count - next;
      const ssize_t sent = ::sendmsg(descriptor.native_handle(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
      if (sent < 0 && !would_block(errno)) throw TransportError(Kind::kReset);
      size_t left = sent < 0 ? 0 : static_cast<size_t>(sent);
      while (next < count && left >= parts[next].iov_len) left -= parts[next++].iov_len;
      if (next == count) co_return;
      parts[next].iov_base = static_cast<char*>(parts[next].iov_base) + left;
      parts[next].iov_len -= left;
      co_await wait_writable();
    }
  }
};

SocketTransport::SocketTransport(boost::asio::io_context& context, Fd socket, Milliseconds write_patience)
    : impl_(std::make_unique<Impl>(context, write_patience)) {
  impl_->descriptor.assign(socket.release());
  impl_->descriptor.native_non_blocking(true);
}

Fd SocketTransport::release() { return Fd(impl_->descriptor.release()); }

void SocketTransport::settle(boost::asio::io_context& context, Fd socket) {
  impl_->descriptor = Descriptor(context, socket.release());
  impl_->descriptor.native_non_blocking(true);
}

SocketTransport::~SocketTransport() {
  // Says close_notify once, without waiting; clients that resume sessions want it.
  if (impl_->ssl && !impl_->aborted && SSL_is_init_finished(impl_->ssl.get()) != 0) {
    ERR_clear_error();
    SSL_shutdown(impl_->ssl.get());
  }
}

Task<bool> SocketTransport::open(TlsMode mode, TlsContext* tls) {
  if (mode == TlsMode::kPlain || tls == nullptr) co_return true;
  if (mode == TlsMode::kDetect) {
    const std::optional<char> first = co_await impl_->peek();
    if (!first) co_return false;
    if (*first != kTlsHandshakeRecord) co_return true;
  }
  co_await impl_->handshake(*tls);
  co_return true;
}

bool SocketTransport::is_tls() const { return impl_->ssl != nullptr; }

Task<size_t> SocketTransport::read_some(std::span<char> out) {
  impl_->require_open();
  return impl_->ssl ? impl_->read_tls(out) : impl_->read_plain(out);
}

Task<void> SocketTransport::write_all(std::span<const std::string_view> pieces) {
  impl_->require_open();
  co_await impl_->be_fair();
  HANEUL_CHECK(pieces.size() <= kPiecesMax, "an answer is written in few pieces");
  if (!impl_->ssl) {
    co_await impl_->write_plain(pieces);
    co_return;
  }
  // Pieces up to one record are gathered, so that a small answer is one record and one packet.
  std::string& gathered = impl_->gathered;
  gathered.clear();
  for (const std::string_view piece : pieces) {
    if (gathered.size() + piece.size() <= kTlsRecordBytes) {
      gathered += piece;
      continue;
    }
    co_await impl_->write_tls(gathered);
    gathered.clear();
    co_await impl_->write_tls(piece);
  }
  co_await impl_->write_tls(gathered);
}

void SocketTransport::set_read_patience(std::optional<Milliseconds> patience) {
  impl_->read_is_late = false;
  impl_->read_deadline = patience ? SteadyClock::now() + *patience : kNever;
}

void SocketTransport::set_phase(Phase phase) {
  if (phase == Phase::kIdle && impl_->phase != Phase::kIdle) impl_->idle_since = SteadyClock::now();
  impl_->phase = phase;
}

void SocketTransport::shutdown_write() {
  if (impl_->ssl) SSL_shutdown(impl_->ssl.get());
  ::shutdown(impl_->descriptor.native_handle(), SHUT_WR);
}

void SocketTransport::abort() {
  if (!impl_->aborted) impl_->aborted = Kind::kClosing;
  impl_->wake();
}

void SocketTransport::expire(SteadyClock::time_point now) {
  if (now > impl_->write_deadline) {
    if (!impl_->aborted) impl_->aborted = Kind::kTimeout;
    impl_->wake();
  } else if (now > impl_->read_deadline) {
    impl_->read_is_late = true;
    impl_->wake();
  }
}

bool SocketTransport::is_idle() const { return impl_->phase == Phase::kIdle; }
SteadyClock::time_point SocketTransport::idle_since() const { return impl_->idle_since; }

}  // namespace haneul::server
