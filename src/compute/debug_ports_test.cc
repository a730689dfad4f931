// Which functions a debugger may come to, and what happens when its port is taken.
#include "compute/debug_ports.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include "compute/engine_fixture.h"

namespace haneul::compute::test {
namespace {

using testing::HasSubstr;

class DebugPort : public EngineTest {};

struct Taken {
  Fd socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  uint16_t port = 0;
  Taken() {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    auto* address = reinterpret_cast<sockaddr*>(&at);
    EXPECT_EQ(bind(socket.get(), address, size), 0);
    EXPECT_EQ(listen(socket.get(), 1), 0);
    EXPECT_EQ(getsockname(socket.get(), address, &size), 0);
    port = ntohs(at.sin_port);
  }
};

// A port that cannot be opened must be told at the start: a debugger would wait for nothing.
TEST_F(DebugPort, IsRefusedWhenTaken) {
  const Taken taken;
  EngineConfig config = default_config();
  config.debug = {{"f", taken.port}};
  stop_engine();
  engine_.reset();
  try {
    restart_engine(config);
    FAIL() << "was opened twice";
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), HasSubstr("cannot be opened: Address already in use"));
  }
  restart_engine(default_config());
}

// Debugging lifts limits and isolation from the host's users: a function that is not named must have none of
// it.
TEST_F(DebugPort, IsOfNamedFunctionsAlone) {
  const auto image = python("def handler(event, context): return 1");
  EngineConfig config = default_config();
  uint16_t port = 0;
  {
    const Taken free;
    port = free.port;
  }
  config.debug = {{"other", port}, {image->function_name + "-*", port}};
  restart_engine(config);
  EXPECT_EQ(invoke(image).payload, "1");
  const auto named = std::make_shared<FunctionImage>(*image);
  named->function_name += "-x";
  named->function_arn += "-x";
  named->runtime.family = RuntimeFamily::kRuby;
  EXPECT_THAT(invoke(named).payload, HasSubstr("cannot be debugged"));
}

}  // namespace
}  // namespace haneul::compute::test
