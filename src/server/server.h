// Server: all doors of the process. Host ports, and listening sockets made inside a function's network
// namespace, lead to platform::HttpHandlers.
//
// Thread rule: listen, add_listener and remove_listener from any thread; stop from a thread that is not a
// loop's, and before the loops stop. Handlers must outlive stop().
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/task/loops.h"
#include "platform/http.h"
#include "server/counters.h"
#include "server/limits.h"
#include "server/listen_socket.h"
#include "server/socket_transport.h"

namespace haneul::server {

class Listener;
class LoopConnections;
class ServerCore;

class Server {
 public:
  // tls may be null: then every door is plain.
  Server(Loops& loops, platform::HttpHandler& handler, const Clock& clock, TlsContext* tls,
         const HttpLimits& limits = {});
  ~Server();  // stops without patience if stop() was not called

  // Opens a host port and returns its number (port 0: the system's choice). Throws ListenError.
  uint16_t listen(const std::string& address, uint16_t port, TlsMode tls_mode, const std::string& name);

  // A door that already listens. Several may share a name; its connections are answered by the given handler,
  // or the server's own.
  void add_listener(Fd socket, TlsMode tls_mode, std::string name, platform::HttpHandler* handler = nullptr);

  // Closes all doors of the name and their connections, soon; requests being handled end when they next touch
  // theirs.
  void remove_listener(const std::string& name);

  // Stops accepting, lets requests in flight finish for the given time, then closes. Returns when the last
  // connection has ended; false when handlers did not end although their connections are closed.
  bool stop(Milliseconds patience);

  const ServerCounters& counters() const;

 private:
  Loops& loops_;
  platform::HttpHandler& handler_;
  std::shared_ptr<ServerCore> core_;
  std::vector<std::shared_ptr<LoopConnections>> connections_;
  std::mutex mutex_;
  std::vector<std::shared_ptr<Listener>> listeners_;
  bool stopped_ = false;
};

}  // namespace haneul::server
