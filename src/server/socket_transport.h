// Transport over a stream socket, with TLS when the client begins with it. Reads and writes try the system
// call first and wait for readiness only when they must.
//
// Deadlines are absolute times that the loop's sweep (LoopConnections) compares now and then: setting one
// costs nothing, and a timeout fires at most one sweep late. Thread rule: the loop that it lives on.
#pragma once

#include <memory>

#include "base/fd.h"
#include "server/tls_context.h"
#include "server/transport.h"

namespace boost::asio {
class io_context;
}

namespace haneul::server {

// How a listener speaks: plain, TLS, or what the client's first byte says.
enum class TlsMode { kPlain, kDetect, kTls };

class SocketTransport final : public Transport {
 public:
  SocketTransport(boost::asio::io_context& context, Fd socket, Milliseconds write_patience);
  ~SocketTransport() override;

  // Looks at the first byte where the mode asks for it and carries out the TLS handshake. False: the client
  // went away without a word. Throws TransportError.
  Task<bool> open(TlsMode mode, TlsContext* tls);
  bool is_tls() const;

  // Between two requests, without TLS: lets go of the socket on the loop that it lived on, and takes it up on
  // another.
  Fd release();
  void settle(boost::asio::io_context& context, Fd socket);

  Task<size_t> read_some(std::span<char> out) override;
  Task<void> write_all(std::span<const std::string_view> pieces) override;
  void set_read_patience(std::optional<Milliseconds> patience) override;
  void set_phase(Phase phase) override;
  void shutdown_write() override;

  // For stopping: wakes a waiting read or write, which then throws kClosing; later ones throw at once.
  void abort();

  // For the sweep. A read past its deadline throws kTimeout once: an answer can still be written. A write
  // past its own ends the transport.
  void expire(std::chrono::steady_clock::time_point now);
  bool is_idle() const;
  std::chrono::steady_clock::time_point idle_since() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace haneul::server
