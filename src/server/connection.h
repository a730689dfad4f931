// One HTTP/1 connection: request after request until one side has had enough. Knows no socket: bytes come
// from a Transport.
//
// Invariants: answers leave in the order of their requests; every complete head gets exactly one answer; a
// request that cannot be read further ends the connection, because where the next one begins is unknown.
#pragma once

#include <string>

#include "base/task/executor.h"
#include "platform/http.h"
#include "server/counters.h"
#include "server/limits.h"
#include "server/transport.h"

namespace haneul::server {

// Takes a connection to another loop, between two of its requests.
class Mover {
 public:
  virtual ~Mover() = default;
  virtual Task<void> move_to(Executor& home) = 0;  // resumes there, or where it was when that cannot be
};

struct ConnectionInfo {
  std::string listener;
  std::string remote_address;
  enum class Security { kPlain, kTls };
  Security security = Security::kPlain;
};

// What the connections of a listener share. Lives as long as any of them.
struct ConnectionContext {
  platform::HttpHandler& handler;
  const Clock& clock;
  const HttpLimits& limits;
  ServerCounters& counters;
  const std::atomic<bool>& stopping;  // answers say "Connection: close" from then on
  Mover* mover = nullptr;             // of this connection; null: it stays where it is
};

// Ends when the connection is to be closed; the caller closes it. Does not throw.
Task<void> serve_connection(Transport& transport, const ConnectionInfo& info,
                            const ConnectionContext& context);

}  // namespace haneul::server
