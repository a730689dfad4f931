// What listeners and connections of one server share. It is held by each of them, so it outlives the last
// coroutine. Thread rule: any thread.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>

#include "platform/http.h"
#include "server/counters.h"
#include "server/limits.h"
#include "server/socket_transport.h"

namespace haneul::server {

class ServerCore {
 public:
  ServerCore(const HttpLimits& limits_in, const Clock& clock_in, TlsContext* tls_in)
      : limits(limits_in), clock(clock_in), tls(tls_in) {}

  const HttpLimits limits;
  const Clock& clock;
  TlsContext* const tls;  // null: no TLS
  ServerCounters counters;
  std::atomic<bool> stopping{false};

  // Held by each coroutine that is not at its end yet: accept loops, connections, sweeps. Made before the
  // coroutine is spawned and given to it, so that no stop comes between.
  class Alive {
   public:
    explicit Alive(std::shared_ptr<ServerCore> core);
    Alive(Alive&&) noexcept = default;
    Alive& operator=(Alive&&) = delete;
    ~Alive();

   private:
    std::shared_ptr<ServerCore> core_;
  };
  bool wait_until_quiet(Milliseconds patience);

 private:
  std::mutex mutex_;
  std::condition_variable quiet_;
  size_t alive_ = 0;
};

// One door: what its connections are told and who answers them.
struct Door {
  std::string name;
  TlsMode tls_mode;
  platform::HttpHandler& handler;
  std::atomic<bool> removed{false};
};

}  // namespace haneul::server
