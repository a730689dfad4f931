// HTTP/1 heads, bodies and pipelines from any bytes. Beyond not failing: however the network cuts the same
// bytes into pieces, the answers are the same, for else a client or an attacker could choose what the server
// understands.
#include <cstdint>
#include <string>
#include <vector>

#include "base/task/manual_executor.h"
#include "server/connection.h"
#include "server/testing.h"

namespace {

using namespace haneul;

// Answers with what it understood of the request.
class Reporter final : public platform::HttpHandler {
 public:
  Task<platform::HttpResponse> handle(platform::HttpRequest& request) override {
    platform::HttpResponse response;
    response.text = request.method + " " + request.host + " " + request.path + " " + request.query + "\n";
    for (const auto& [name, value] : request.headers.entries()) response.text += name + "=" + value + "\n";
    char block[64];
    try {
      while (const size_t count = co_await request.body->read(block)) response.text.append(block, count);
    } catch (const platform::BodyError& error) {
      response.text = "body error " + std::to_string(static_cast<int>(error.kind()));
    }
    co_return response;
  }
  platform::HttpResponse reject(int status, std::string_view code, std::string_view) override {
    platform::HttpResponse response;
    response.status = status;
    response.text = code;
    return response;
  }
};

std::string answers(std::vector<std::string> pieces) {
  VirtualClock clock;
  ManualExecutor executor(clock);
  Reporter handler;
  const server::HttpLimits limits;
  server::ServerCounters counters;
  const std::atomic<bool> stopping{false};
  server::MemoryTransport transport(std::move(pieces));
  const server::ConnectionInfo info{.listener = "main", .remote_address = "127.0.0.1"};
  executor.run_until_done(
      server::serve_connection(transport, info, {handler, clock, limits, counters, stopping}));
  HANEUL_CHECK(counters.requests_in_flight == 0, "every request ends");
  // Whether a client waits for this depends on how fast it sends.
  const std::string interim = "HTTP/1.1 100 Continue\r\n\r\n";
  for (size_t at = 0; (at = transport.output.find(interim)) != std::string::npos;) {
    transport.output.erase(at, interim.size());
  }
  return transport.output;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const size_t step = data[0] % 23 + size_t{1};
  // A head that never ends may be refused early or not at all; the blank line ends it.
  const std::string input = std::string(reinterpret_cast<const char*>(data) + 1, size - 1) + "\r\n\r\n";
  std::vector<std::string> pieces;
  for (size_t at = 0; at < input.size(); at += step) pieces.push_back(input.substr(at, step));
  HANEUL_CHECK(answers(std::move(pieces)) == answers({input}),
               "the cut of the bytes does not change their meaning");
  return 0;
}
