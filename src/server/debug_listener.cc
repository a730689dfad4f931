#include "server/debug_listener.h"

#include <fmt/format.h>

namespace haneul::server {

namespace {

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kPrometheus = "text/plain; version=0.0.4; charset=utf-8";
constexpr std::string_view kIndex = "/health\n/metrics\n/config\n/requests\n";

platform::HttpResponse answer(int status, std::string_view type, std::string text) {
  platform::HttpResponse response;
  response.status = status;
  response.headers.add("Content-Type", type);
  response.headers.add("Cache-Control", "no-store");
  response.text = std::move(text);
  return response;
}

bool is_loopback_name(std::string_view host) {
  return host == "localhost" || host == "127.0.0.1" || host == "[::1]";
}

void add_metric(std::string& out, std::string_view type, std::string_view name, std::string_view help,
                auto value) {
  out +=
      fmt::format("# HELP haneul_{0} {1}\n# TYPE haneul_{0} {2}\nhaneul_{0} {3}\n", name, help, type, value);
}

}  // namespace

Task<platform::HttpResponse> DebugHandler::handle(platform::HttpRequest& request) {
  if (!is_loopback_name(request.host))
    co_return reject(403, "Forbidden", "Call this port by a loopback name.");
  if (request.method != "GET" && request.method != "HEAD")
    co_return reject(405, "MethodNotAllowed", "Only GET and HEAD.");
  co_return page(request.path);
}

platform::HttpResponse DebugHandler::page(std::string_view path) {
  if (path == "/") return answer(200, "text/plain", std::string(kIndex));
  if (path == "/health") {
    DebugPages::Health health = pages_.health();
    return answer(health.state == DebugPages::Health::State::kServing ? 200 : 503, kJson,
                  std::move(health.json));
  }
  if (path == "/metrics") return answer(200, kPrometheus, pages_.metrics());
  if (path == "/config") return answer(200, kJson, pages_.config());
  if (path == "/requests") return answer(200, kJson, pages_.requests());
  return reject(404, "NotFound", "No such page; / lists them.");
}

platform::HttpResponse DebugHandler::reject(int status, std::string_view code, std::string_view message) {
  return answer(status, "text/plain", fmt::format("{}: {}\n", code, message));
}

uint16_t open_debug_listener(Server& server, DebugHandler& handler, const std::string& address,
                             uint16_t port) {
  if (!address.starts_with("127.") && address != "::1") {
    throw ListenError(fmt::format("the debug port listens on loopback only, not on {}", address));
  }
  Fd socket = open_listen_socket(address, port);
  const uint16_t bound = bound_port(socket);
  server.add_listener(std::move(socket), TlsMode::kPlain, "debug", &handler);
  return bound;
}

std::string server_metrics(const ServerCounters& counters) {
  std::string out;
  add_metric(out, "gauge", "http_connections_open", "Connections open now.",
             counters.connections_open.load());
  add_metric(out, "counter", "http_connections_accepted_total", "Connections accepted.",
             counters.connections_accepted.load());
  add_metric(out, "counter", "http_connections_refused_total", "Connections closed at once, over the limit.",
             counters.connections_refused.load());
  add_metric(out, "gauge", "http_requests_in_flight", "Requests being handled now.",
             counters.requests_in_flight.load());
  add_metric(out, "counter", "http_requests_total", "Requests whose head was read.",
             counters.requests.load());
  add_metric(out, "counter", "http_requests_shed_total", "Requests answered 503 for load.",
             counters.requests_shed.load());
  add_metric(out, "counter", "http_requests_refused_total", "Requests that were not well-formed HTTP.",
             counters.requests_refused.load());
  add_metric(out, "counter", "http_timeouts_total", "Connections given up for lack of progress.",
             counters.timeouts.load());
  return out;
}

}  // namespace haneul::server
