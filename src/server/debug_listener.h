// The debug port: what the process knows about itself, for the person at the machine. Loopback addresses
// only, GET and HEAD only, and only under a loopback name in Host, so that a web page elsewhere cannot read
// it through a browser.
#pragma once

#include <string>

#include "server/server.h"

namespace haneul::server {

// Filled by whoever wires the process. Called on loop threads, at any time: quick and thread-safe.
class DebugPages {
 public:
  virtual ~DebugPages() = default;
  struct Health {
    enum class State { kServing, kFailing };
    State state;
    std::string json;
  };
  virtual Health health() = 0;         // /health: 200 or 503
  virtual std::string metrics() = 0;   // /metrics: Prometheus text format 0.0.4
  virtual std::string config() = 0;    // /config: JSON, without secrets
  virtual std::string requests() = 0;  // /requests: JSON, those in flight
};

class DebugHandler final : public platform::HttpHandler {
 public:
  explicit DebugHandler(DebugPages& pages) : pages_(pages) {}
  Task<platform::HttpResponse> handle(platform::HttpRequest& request) override;
  platform::HttpResponse reject(int status, std::string_view code, std::string_view message) override;

 private:
  platform::HttpResponse page(std::string_view path);
  DebugPages& pages_;
};

// Opens the debug port on a server ("debug" is the door's name) and returns its number. The handler must
// outlive the server's stop. Throws ListenError, also when the address is not a loopback one.
uint16_t open_debug_listener(Server& server, DebugHandler& handler, const std::string& address,
                             uint16_t port);

// The server's own counters as Prometheus text, to be part of /metrics.
std::string server_metrics(const ServerCounters& counters);

}  // namespace haneul::server
