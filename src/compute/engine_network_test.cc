// The network of an environment as a function sees it: AWS's names lead to the door, nothing else leads
// anywhere.
#include <atomic>
#include <fstream>
#include <thread>

#include <poll.h>
#include <sys/socket.h>

#include "compute/engine_fixture.h"

namespace haneul::compute::test {
namespace {

// Answers one plain HTTP request per connection, as the server would, and remembers what was opened and
// closed.
class FakeDoor : public EndpointDoor {
 public:
  ~FakeDoor() override {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
  }
  void open(std::string_view environment_id, Fd http_listener, Fd https_listener) override {
    ++opened;
    id = environment_id;
    http_ = std::move(http_listener);
    https_ = std::move(https_listener);
    if (!thread_.joinable()) thread_ = std::thread([this] { serve(); });
  }
  void close(std::string_view) override { ++closed; }

  std::atomic<int> opened{0};
  std::atomic<int> closed{0};
  std::string id;

 private:
  void serve() {
    while (!stopping_) {
      pollfd ready{http_.get(), POLLIN, 0};
      if (poll(&ready, 1, 20) != 1) continue;
      const Fd peer(accept(http_.get(), nullptr, nullptr));
      char request[1024];
      if (recv(peer.get(), request, sizeof request, 0) <= 0) continue;
      constexpr std::string_view kAnswer =
          "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nhaneul";
      send(peer.get(), kAnswer.data(), kAnswer.size(), MSG_NOSIGNAL);
    }
  }
  Fd http_;
  Fd https_;
  std::thread thread_;
  std::atomic<bool> stopping_{false};
};

class FunctionNetwork : public EngineTest {};

// Unmodified SDK code resolves an AWS name, connects, and trusts our certificates: all three must lead to
// Haneul.
TEST_F(FunctionNetwork, LeadsToTheDoorOnly) {
  FakeDoor door;
  door_ = &door;
  EngineConfig config = default_config();
  config.ca_bundle_file = (directory_ / "ca.pem").string();
  std::ofstream(config.ca_bundle_file) << "our roots";
  std::filesystem::permissions(config.ca_bundle_file, std::filesystem::perms(0644));
  restart_engine(config);
  const auto image = python(
      "import os, socket, urllib.request\n"
      "def fails(call):\n"
      "  try: call()\n"
      "  except OSError as e: return type(e).__name__\n"
      "  return 'reached'\n"
      "def handler(e, c):\n"
      "  body = urllib.request.urlopen('http://bucket.s3.us-east-1.amazonaws.com/key', "
      "timeout=5).read().decode()\n"
      "  roots = [open(os.environ[n]).read() for n in ('AWS_CA_BUNDLE', 'SSL_CERT_FILE', "
      "'REQUESTS_CA_BUNDLE')]\n"
      "  return [body, roots, fails(lambda: socket.getaddrinfo('example.com', 80)),\n"
      "          fails(lambda: socket.create_connection(('192.0.2.1', 80), timeout=1)),\n"
      "          fails(lambda: socket.create_connection(('169.254.169.254', 80), timeout=1))]\n");
  image->timeout = std::chrono::seconds(20);
  const InvokeResult result = invoke(image);
  const Document answer = parse_json(result.payload);
  ASSERT_TRUE(answer.is_array()) << result.payload;
  EXPECT_EQ(answer.as_array()[0].as_string(), "haneul");
  for (const Document& roots : answer.as_array()[1].as_array()) EXPECT_EQ(roots.as_string(), "our roots");
  EXPECT_EQ(answer.as_array()[2].as_string(), "gaierror");
  EXPECT_EQ(answer.as_array()[3].as_string(), "OSError");
  EXPECT_EQ(answer.as_array()[4].as_string(), "OSError");
  EXPECT_EQ(door.opened, 1);
  EXPECT_EQ(door.id.size(), 32u);
  door_ = nullptr;
  restart_engine(default_config());
  EXPECT_EQ(door.closed, 1);
}

}  // namespace
}  // namespace haneul::compute::test
