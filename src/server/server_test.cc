// The server over real loopback sockets on ephemeral ports: what memory cannot show - accepting, deadlines,
// half-closed clients, stopping. Short patience stands in for long; no test asserts how long something took.
#include "server/server.h"

#include <thread>

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>

#include "server/environment_door.h"
#include "server/private_ca.h"
#include "server/testing.h"

namespace haneul::server {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class Client {
 public:
  explicit Client(uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    connected_ = ::connect(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  bool connected() const { return connected_; }
  int descriptor() const { return fd_.get(); }
  bool send(std::string_view text) {
    while (!text.empty()) {
      const ssize_t count = ::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL);
      if (count <= 0) return false;
      text.remove_prefix(static_cast<size_t>(count));
    }
    return true;
  }
  void finish_sending() { ::shutdown(fd_.get(), SHUT_WR); }
  void close() { fd_.reset(); }

  std::string read_to_end() {
    return read_until([](const std::string&) { return false; });
  }
  std::string read_through(const std::string& last) {
    return read_until([&](const std::string& got) { return got.ends_with(last); });
  }

 private:
  template <class Enough>
  std::string read_until(Enough enough) {
    std::string got;
    std::vector<char> block(256 * 1024);
    while (!enough(got)) {
      pollfd wait{fd_.get(), POLLIN, 0};
      if (::poll(&wait, 1, 10'000) != 1) return got + " [nothing for ten seconds]";
      const ssize_t count = ::recv(fd_.get(), block.data(), block.size(), 0);
      if (count < 0) return got + " [reset]";
      if (count == 0) break;
      got.append(block.data(), static_cast<size_t>(count));
    }
    return got;
  }
  Fd fd_;
  bool connected_ = false;
};

constexpr std::string_view kGet = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";

class ServerTest : public ::testing::Test {
 protected:
  void start(const HttpLimits& limits = {}) {
    server_.emplace(loops_, handler_, clock_, nullptr, limits);
    port_ = server_->listen("127.0.0.1", 0, TlsMode::kDetect, "main");
  }

  SystemClock clock_;
  EchoHandler handler_;
  Loops loops_{2};
  std::optional<Server> server_;
  uint16_t port_ = 0;
};

TEST_F(ServerTest, AnswersManyRequestsOnEachOfManyConnections) {
  // Keep-alive over real sockets and both loops: a thousand answers on each of four connections.
  start();
  std::vector<std::thread> clients;
  std::atomic<int> right{0};
  for (int c = 0; c < 4; ++c) {
    clients.emplace_back([&] {
      Client client(port_);
      for (int i = 0; i < 1000; ++i) {
        client.send(kGet);
        if (client.read_through("GET /a?").starts_with("HTTP/1.1 200")) ++right;
      }
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(right, 4000);
  EXPECT_EQ(server_->counters().requests, 4000U);
  EXPECT_TRUE(eventually([&] { return server_->counters().requests_in_flight == 0; }));
}

TEST_F(ServerTest, MovesConnectionsBetweenRequests) {
  // Requests that were sent together are all answered, each where the last answer sent its connection; a
  // connection that has moved is found by a stop.
  start();
  handler_.homes = {&loops_.at(0), &loops_.at(1)};
  Client client(port_);
  const auto ask = [](int home) {
    return "GET /home?" + std::to_string(home) + " HTTP/1.1\r\nHost: x\r\n\r\n";
  };
  client.send(ask(0) + std::string(kGet));
  client.read_through("GET /a?");
  for (int round = 0; round < 50; ++round) {
    client.send(ask(1) + ask(1) + ask(0) + std::string(kGet));
    const std::string got = client.read_through("GET /a?");
    std::string places;
    for (size_t at = got.find("at "); at != std::string::npos; at = got.find("at ", at + 1))
      places += got[at + 3];
    EXPECT_EQ(places, "011");
  }
  EXPECT_TRUE(server_->stop(Milliseconds(5'000)));
  EXPECT_EQ(client.read_to_end(), "");
}

TEST_F(ServerTest, EchoesLargeBodiesToASlowReader) {
  // Both directions must wait for the other side without losing a byte: partial reads, partial writes, both
  // framings.
  start();
  std::string body;
  for (size_t i = 0; body.size() < 8'000'000; ++i) body += std::to_string(i) + ",";
  for (const bool chunked : {false, true}) {
    Client client(port_);
    std::thread sender([&] {
      if (!chunked) {
        client.send("PUT /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: " +
                    std::to_string(body.size()) + "\r\n\r\n" + body);
        return;
      }
      client.send("PUT /echo HTTP/1.0\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    });
    const std::string answer = client.read_to_end();
    sender.join();
    EXPECT_TRUE(answer.substr(answer.find("\r\n\r\n") + 4) == body);
  }
}

TEST_F(ServerTest, AnswersAHalfClosedClient) {
  // A client that shuts down its sending side after the request still reads: it must get its answer.
  start();
  Client client(port_);
  client.send(kGet);
  client.finish_sending();
  EXPECT_THAT(client.read_to_end(), EndsWith("GET /a?"));
}

TEST_F(ServerTest, GivesUpOnSlowClients) {
  // Slow loris: a head that never ends, a body that trickles, a connection without a word, an answer nobody
  // reads.
  start({.head_patience = Milliseconds(100),
         .idle_patience = Milliseconds(100),
         .body_patience = Milliseconds(100),
         .write_patience = Milliseconds(100),
         .linger = Milliseconds(100)});
  Client head(port_), body(port_), silent(port_), idle(port_), deaf(port_);
  head.send("GET / HTTP/1.1\r\nHost:");
  body.send("PUT /count HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nab");
  idle.send(kGet);
  deaf.send("GET /size?1000000000 HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(head.read_to_end(), "");
  EXPECT_THAT(body.read_to_end(), StartsWith("HTTP/1.1 400"));
  EXPECT_EQ(handler_.last_body_error, static_cast<int>(platform::BodyError::Kind::kTimeout));
  EXPECT_EQ(silent.read_to_end(), "");
  EXPECT_THAT(idle.read_to_end(), EndsWith("GET /a?"));
  EXPECT_TRUE(eventually([&] { return server_->counters().connections_open == 0; }));
  EXPECT_GE(server_->counters().timeouts, 4U);
}

TEST_F(ServerTest, CountsABodyThatTricklesAgainstItsPatience) {
  // A byte now and then renews no patience: the sum of the waits is what is limited.
  start({.body_patience = Milliseconds(150), .body_bytes_per_second_min = 1000});
  Client client(port_);
  client.send("PUT /count HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n");
  EXPECT_TRUE(eventually([&] {
    client.send("a");
    return handler_.last_body_error != -1;
  }));
  EXPECT_EQ(handler_.last_body_error, static_cast<int>(platform::BodyError::Kind::kTimeout));
}

TEST_F(ServerTest, SeesAClientThatGoesAwayInTheBody) {
  // A reset in the middle of an upload is a cut body, not an end.
  start();
  Client client(port_);
  client.send("PUT /count HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nab");
  client.close();
  EXPECT_TRUE(eventually([&] { return handler_.last_body_error != -1; }));
  EXPECT_EQ(handler_.last_body_error, static_cast<int>(platform::BodyError::Kind::kCutOff));
}

TEST_F(ServerTest, RefusesConnectionsOverTheLimit) {
  // The limit holds, and a place that comes free can be taken again.
  start({.connections_max = 1});
  std::optional<Client> first(std::in_place, port_);
  first->send(kGet);
  first->read_through("GET /a?");
  EXPECT_EQ(Client(port_).read_to_end(), "");
  EXPECT_EQ(server_->counters().connections_refused, 1U);
  first.reset();
  EXPECT_TRUE(eventually([&] { return server_->counters().connections_open == 0; }));
  Client second(port_);
  second.send(kGet);
  EXPECT_THAT(second.read_through("GET /a?"), StartsWith("HTTP/1.1 200"));
}

TEST_F(ServerTest, FinishesRequestsInFlightWhenItStops) {
  // A graceful stop answers what was accepted, tells the client to go, closes idle connections and accepts no
  // more.
  start();
  Client busy(port_), idle(port_);
  idle.send(kGet);
  idle.read_through("GET /a?");
  busy.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_TRUE(eventually([&] { return handler_.waiting.is_set(); }));
  std::thread stopper([&] { EXPECT_TRUE(server_->stop(Milliseconds(10'000))); });
  EXPECT_EQ(idle.read_to_end(), "");
  handler_.released.set(true);
  const std::string answer = busy.read_to_end();
  stopper.join();
  EXPECT_THAT(answer, EndsWith("waited"));
  EXPECT_THAT(answer, HasSubstr("Connection: close"));
  EXPECT_FALSE(Client(port_).connected());
}

TEST_F(ServerTest, ClosesWhatDoesNotFinishInTime) {
  // A client that never reads its answer must not keep the process from ending.
  start();
  Client deaf(port_);
  deaf.send("GET /size?1000000000 HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_TRUE(eventually([&] { return server_->counters().requests_in_flight == 1; }));
  EXPECT_TRUE(server_->stop(Milliseconds(50)));
  EXPECT_EQ(server_->counters().connections_open, 0);
}

TEST_F(ServerTest, SpeaksTlsAndPlainHttpOnOnePort) {
  // One port for everybody: the first byte tells. A large body goes both ways through TLS unharmed.
  std::string directory = "/tmp/haneul-server-XXXXXX";
  ASSERT_NE(::mkdtemp(directory.data()), nullptr);
  PrivateCa ca({.directory = directory}, clock_);
  server_.emplace(loops_, handler_, clock_, &ca);
  port_ = server_->listen("127.0.0.1", 0, TlsMode::kDetect, "main");
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  SSL_CTX_load_verify_locations(context, ca.certificate_path().c_str(), nullptr);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  const Client client(port_);
  SSL* tls = SSL_new(context);
  SSL_set1_host(tls, "bucket.s3.localhost");
  SSL_set_tlsext_host_name(tls, "bucket.s3.localhost");
  SSL_set_fd(tls, client.descriptor());
  ASSERT_EQ(SSL_connect(tls), 1);
  std::string body(3'000'000, 'a');
  for (size_t i = 0; i < body.size(); i += 997) body[i] = static_cast<char>('b' + i % 20);
  const std::string head =
      "GET /who HTTP/1.1\r\nHost: bucket.s3.localhost\r\n\r\n"
      "PUT /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: " +
      std::to_string(body.size()) + "\r\n\r\n";
  std::thread sender([&] {
    SSL_write(tls, head.data(), static_cast<int>(head.size()));
    SSL_write(tls, body.data(), 100'000);
    Client plain(port_);
    plain.send(kGet);
    EXPECT_THAT(plain.read_through("GET /a?"), StartsWith("HTTP/1.1 200"));
  });
  sender.join();
  std::string got;
  std::string rest = body.substr(100'000);
  char block[16384];
  while (true) {
    // One thread uses the session: it sends a piece, then reads what has come back.
    const std::string piece = rest.substr(0, 10'000);
    if (!piece.empty()) SSL_write(tls, piece.data(), static_cast<int>(piece.size()));
    rest.erase(0, piece.size());
    const int count = SSL_read(tls, block, sizeof block);
    if (count <= 0) break;
    got.append(block, static_cast<size_t>(count));
  }
  EXPECT_THAT(got, HasSubstr("main 127.0.0.1 bucket.s3.localhost tls"));
  EXPECT_TRUE(got.ends_with("\r\n\r\n" + body));
  SSL_free(tls);
  SSL_CTX_free(context);
  server_->stop(Milliseconds(1000));
  std::filesystem::remove_all(directory);
}

TEST_F(ServerTest, WaitsForTheFirstByteOfEveryConnection) {
  // While connections come and go a loop may be told of bytes that were another connection's. Clients that
  // say nothing at first are heard all the same.
  std::string directory = "/tmp/haneul-server-XXXXXX";
  ASSERT_NE(::mkdtemp(directory.data()), nullptr);
  PrivateCa ca({.directory = directory}, clock_);
  server_.emplace(loops_, handler_, clock_, &ca);
  port_ = server_->listen("127.0.0.1", 0, TlsMode::kDetect, "main");
  handler_.homes = {&loops_.at(0), &loops_.at(1)};
  constexpr int kRounds = 1500;
  std::atomic<int> right{0};
  std::vector<std::thread> clients;
  for (int c = 0; c < 8; ++c) {
    clients.emplace_back([&, c] {
      for (int round = 0; round < kRounds; ++round) {
        Client client(port_);
        for (int turn = (round + c) % 20; turn > 0; --turn) std::this_thread::yield();
        client.send("GET /home?" + std::to_string(round % 2) + " HTTP/1.1\r\nHost: x\r\n\r\n");
        client.send(kGet);
        const std::string got = client.read_through("GET /a?");
        if (got.ends_with("GET /a?")) ++right;
      }
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(right, 8 * kRounds);
  server_->stop(Milliseconds(1000));
  std::filesystem::remove_all(directory);
}

TEST_F(ServerTest, SaysWhichPortIsTaken) {
  // The likeliest mistake at the first start gets a sentence, not an errno.
  start();
  try {
    server_->listen("127.0.0.1", port_, TlsMode::kPlain, "second");
    FAIL() << "the port was given twice";
  } catch (const ListenError& error) {
    EXPECT_EQ(std::string(error.what()),
              "port " + std::to_string(port_) + " on 127.0.0.1 is taken (by another Haneul?)");
  }
  EXPECT_THROW(server_->listen("localhost", 0, TlsMode::kPlain, "named"), ListenError);
}

TEST_F(ServerTest, AddsAndRemovesDoorsAtRunTime) {
  // An execution environment brings its own listening sockets and takes them away: its connections go with
  // them, the others stay.
  start();
  EnvironmentDoor door(*server_);
  Fd http = open_listen_socket("127.0.0.1", 0);
  const uint16_t port = bound_port(http);
  door.open("1", std::move(http), open_listen_socket("127.0.0.1", 0));
  const std::string who = "GET /who HTTP/1.1\r\nHost: sqs.eu-west-1.amazonaws.com\r\n\r\n";
  Client inside(port), outside(port_);
  inside.send(who);
  EXPECT_THAT(inside.read_through("com"), EndsWith("environment:1 127.0.0.1 sqs.eu-west-1.amazonaws.com"));
  outside.send(who);
  EXPECT_THAT(outside.read_through("com"), EndsWith("main 127.0.0.1 sqs.eu-west-1.amazonaws.com"));
  door.close("1");
  EXPECT_EQ(inside.read_to_end(), "");
  EXPECT_TRUE(eventually([&] { return !Client(port).connected(); }));
  outside.send(kGet);
  EXPECT_THAT(outside.read_through("GET /a?"), StartsWith("HTTP/1.1 200"));
}

}  // namespace
}  // namespace haneul::server
