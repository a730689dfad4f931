// A connection's bytes without its kind: a socket with or without TLS, or memory in tests and fuzzing.
//
// Contract: one coroutine uses a transport. Each wait ends at the deadline set before it. Thread rule: its
// own loop's.
#pragma once

#include <exception>
#include <optional>
#include <span>
#include <string_view>

#include "base/clock.h"
#include "base/task/task.h"

namespace haneul::server {

// The connection cannot go on; there is nobody to tell.
class TransportError : public std::exception {
 public:
  enum class Kind { kTimeout, kReset, kClosing };
  explicit TransportError(Kind kind) : kind_(kind) {}
  Kind kind() const { return kind_; }
  const char* what() const noexcept override;

 private:
  Kind kind_;
};

class Transport {
 public:
  virtual ~Transport() = default;

  // At least one byte, or 0 at the end of the stream. Throws TransportError.
  virtual Task<size_t> read_some(std::span<char> out) = 0;

  // All bytes of all pieces, gathered in as few system calls as possible. Throws TransportError.
  virtual Task<void> write_all(std::span<const std::string_view> pieces) = 0;

  // For reads: from now on they may wait this long in all; nothing means no limit. Writes have a limit per
  // progress.
  virtual void set_read_patience(std::optional<Milliseconds> patience) = 0;

  // Between requests a connection is idle and may be closed at any time, for example by a graceful stop.
  enum class Phase { kIdle, kBusy };
  virtual void set_phase(Phase phase) = 0;

  virtual void shutdown_write() = 0;  // tells the client that nothing more comes
};

}  // namespace haneul::server
