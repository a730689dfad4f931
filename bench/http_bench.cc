// The server under measurement by bench/http: Haneul's listener before a handler that does nothing. Prints
// its port and serves until its standard input ends.
//
//   http_bench LOOPS [TLS_DIRECTORY]
#include <cstdlib>
#include <iostream>
#include <optional>
#include <string>

#include "server/private_ca.h"
#include "server/server.h"
#include "server/testing.h"

int main(int count, char** arguments) {
  using namespace haneul;
  const SystemClock clock;
  server::EchoHandler handler;
  std::optional<server::PrivateCa> ca;
  if (count > 2) ca.emplace(server::PrivateCa::Options{.directory = arguments[2]}, clock);
  Loops loops(count > 1 ? std::strtoul(arguments[1], nullptr, 10) : 2);
  server::Server server(loops, handler, clock, ca ? &*ca : nullptr);
  std::cout << server.listen("127.0.0.1", 0, server::TlsMode::kDetect, "main") << '\n' << std::flush;
  for (std::string line; std::getline(std::cin, line);) {
  }
  server.stop(Milliseconds(100));
}
