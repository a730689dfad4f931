// Inside: what functions know as 127.0.0.1 is, outside, the environment's own loopback, which QEMU's user
// network shows as 10.0.2.2. A process of its own, as nobody, carries bytes and datagrams there and back.
// Invariant: bounded - so many connections, one buffer in each direction, and who sends faster waits.
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <list>
#include <memory>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "parts.h"
#include "sandbox/kernel.h"
#include "sandbox/privileges.h"

namespace haneul::guest {
namespace {

using sandbox::require;
using sandbox::require_fd;

constexpr const char* kOutside = "10.0.2.2";
constexpr uint16_t kPorts[] = {9001, 80, 443};
constexpr uint16_t kResolverPort = 53;
constexpr size_t kConnectionsMax = 400;  // of each port: who uses up one still has the others
constexpr rlim_t kFilesMax = 4096;
constexpr size_t kQuestionsMax = 64;
constexpr size_t kBufferBytes = 64 * 1024;
constexpr int kNobody = 65534;

sockaddr_in address_of(const char* text, uint16_t port) {
  sockaddr_in address{.sin_family = AF_INET, .sin_port = htons(port)};
  inet_pton(AF_INET, text, &address.sin_addr);
  return address;
}

Fd open_socket(int type) {
  return require_fd(socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "open a socket");
}

const sockaddr* general(const sockaddr_in& address) { return reinterpret_cast<const sockaddr*>(&address); }

struct Listener {
  Fd socket;
  uint16_t port;
};

Listener listen_on(int type, uint16_t port) {
  constexpr int kBacklog = 128;
  Fd socket = open_socket(type);
  const sockaddr_in address = address_of("127.0.0.1", port);
  require(bind(socket.get(), general(address), sizeof address), "bind");
  if (type == SOCK_STREAM) require(listen(socket.get(), kBacklog), "listen");
  return {std::move(socket), port};
}

// One direction of a connection.
struct Direction {
  int from = -1;
  int to = -1;
  std::string held;
  bool has_ended = false;  // no more comes
  bool is_shut = false;    // and the other side knows

  bool wants_read() const { return !has_ended && held.empty(); }
  bool wants_write() const { return !held.empty(); }

  // False: the connection is broken.
  bool fill() {
    char piece[kBufferBytes];
    const ssize_t count = read(from, piece, sizeof piece);
    if (count < 0) return errno == EAGAIN || errno == EINTR;
    if (count == 0) has_ended = true;
    held.assign(piece, static_cast<size_t>(count));
    return drain();
  }
  bool drain() {
    if (!held.empty()) {
      const ssize_t count = write(to, held.data(), held.size());
      if (count < 0) return errno == EAGAIN || errno == EINTR;
      held.erase(0, static_cast<size_t>(count));
    }
    if (has_ended && held.empty() && !is_shut) {
      is_shut = true;
      shutdown(to, SHUT_WR);
    }
    return true;
  }
};

struct Connection {
  uint16_t port = 0;
  Fd inner;
  Fd outer;
  bool is_connecting = true;
  Direction out;
  Direction back;

  short wanted_of_inner() const {
    if (is_connecting) return 0;
    return static_cast<short>((out.wants_read() ? POLLIN : 0) | (back.wants_write() ? POLLOUT : 0));
  }
  short wanted_of_outer() const {
    if (is_connecting) return POLLOUT;
    return static_cast<short>((back.wants_read() ? POLLIN : 0) | (out.wants_write() ? POLLOUT : 0));
  }
  // False: it is over.
  bool work(short inner_ready, short outer_ready) {
    if (is_connecting) {
      if (outer_ready == 0) return true;
      int problem = 0;
      socklen_t size = sizeof problem;
      if (getsockopt(outer.get(), SOL_SOCKET, SO_ERROR, &problem, &size) != 0 || problem != 0) return false;
      is_connecting = false;
      return true;
    }
    constexpr short kRead = POLLIN | POLLHUP | POLLERR;
    bool good = true;
    if ((inner_ready & kRead) != 0 && out.wants_read()) good = good && out.fill();
    if ((outer_ready & kRead) != 0 && back.wants_read()) good = good && back.fill();
    if ((outer_ready & (POLLOUT | POLLERR)) != 0 && out.wants_write()) good = good && out.drain();
    if ((inner_ready & (POLLOUT | POLLERR)) != 0 && back.wants_write()) good = good && back.drain();
    return good && !(out.is_shut && back.is_shut);
  }
};

// A name that was asked for, until it is answered or many others were.
struct Question {
  Fd outer;
  sockaddr_in asker;
};

class Relay {
 public:
  Relay() {
    for (const uint16_t port : kPorts) listeners_.push_back(listen_on(SOCK_STREAM, port));
    resolver_ = listen_on(SOCK_DGRAM, kResolverPort).socket;
  }

  [[noreturn]] void run() {
    for (;;) {
      std::vector<pollfd> all = gather();
      if (poll(all.data(), all.size(), -1) < 0 && errno != EINTR) _exit(1);
      serve(all);
    }
  }

 private:
  // Of who wants nothing even a hang-up is not heard, or it would be heard all the time.
  static pollfd watch(const Fd& socket, short wanted) { return {wanted == 0 ? -1 : socket.get(), wanted, 0}; }

  std::vector<pollfd> gather() const {
    std::vector<pollfd> all;
    for (const Listener& each : listeners_) {
      const auto is_of = [&](const auto& connection) { return connection->port == each.port; };
      const auto count = std::count_if(connections_.begin(), connections_.end(), is_of);
      all.push_back(watch(each.socket, static_cast<size_t>(count) < kConnectionsMax ? POLLIN : 0));
    }
    all.push_back({resolver_.get(), POLLIN, 0});
    for (const Question& each : questions_) all.push_back({each.outer.get(), POLLIN, 0});
    for (const auto& each : connections_) {
      all.push_back(watch(each->inner, each->wanted_of_inner()));
      all.push_back(watch(each->outer, each->wanted_of_outer()));
    }
    return all;
  }

  void serve(const std::vector<pollfd>& all) {
    auto at = all.begin() + static_cast<std::ptrdiff_t>(listeners_.size()) + 1;
    for (auto each = questions_.begin(); each != questions_.end(); ++at)
      each = at->revents != 0 ? answer(each) : std::next(each);
    for (auto each = connections_.begin(); each != connections_.end(); at += 2) {
      const bool lives = (*each)->work(at->revents, (at + 1)->revents);
      each = lives ? std::next(each) : connections_.erase(each);
    }
    for (size_t i = 0; i < listeners_.size(); ++i) {
      if ((all[i].revents & POLLIN) != 0) accept_one(listeners_[i]);
    }
    if (all[listeners_.size()].revents != 0) ask();
  }

  void accept_one(const Listener& listener) {
    Fd inner(accept4(listener.socket.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    Fd outer(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!inner || !outer) return;
    const int on = 1;
    setsockopt(inner.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(outer.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const sockaddr_in address = address_of(kOutside, listener.port);
    if (connect(outer.get(), general(address), sizeof address) != 0 && errno != EINPROGRESS) return;
    auto made = std::make_unique<Connection>();
    made->out = {.from = inner.get(), .to = outer.get(), .held = {}};
    made->back = {.from = outer.get(), .to = inner.get(), .held = {}};
    made->port = listener.port;
    made->inner = std::move(inner);
    made->outer = std::move(outer);
    connections_.push_back(std::move(made));
  }

  void ask() {
    char bytes[4096];
    Question question{};
    socklen_t size = sizeof question.asker;
    const ssize_t count = recvfrom(resolver_.get(), bytes, sizeof bytes, 0,
                                   reinterpret_cast<sockaddr*>(&question.asker), &size);
    if (count <= 0) return;
    question.outer.reset(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    const sockaddr_in address = address_of(kOutside, kResolverPort);
    if (!question.outer || connect(question.outer.get(), general(address), sizeof address) != 0) return;
    if (send(question.outer.get(), bytes, static_cast<size_t>(count), 0) != count) return;
    if (questions_.size() == kQuestionsMax)
      questions_.pop_front();  // the oldest will not be answered any more
    questions_.push_back(std::move(question));
  }

  std::list<Question>::iterator answer(std::list<Question>::iterator question) {
    char bytes[4096];
    const ssize_t count = recv(question->outer.get(), bytes, sizeof bytes, 0);
    if (count > 0)
      sendto(resolver_.get(), bytes, static_cast<size_t>(count), 0, general(question->asker),
             sizeof question->asker);
    return questions_.erase(question);
  }

  std::vector<Listener> listeners_;
  Fd resolver_;
  std::list<Question> questions_;
  std::list<std::unique_ptr<Connection>> connections_;
};

}  // namespace

pid_t start_relay() {
  const Fd outward =
      require_fd(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), "open the network namespace");
  require(unshare(CLONE_NEWNET), "make a network namespace");
  bring_loopback_up();
  Relay relay;
  const pid_t pid = require(fork(), "fork");
  if (pid != 0) return pid;
  try {
    require(setns(outward.get(), CLONE_NEWNET), "enter the network namespace");
    const rlimit files{kFilesMax, kFilesMax};
    require(setrlimit(RLIMIT_NOFILE, &files), "have more descriptors");
    sandbox::keep_capabilities({});
    require(setresgid(kNobody, kNobody, kNobody), "become nobody's group");
    require(setresuid(kNobody, kNobody, kNobody), "become nobody");
    relay.run();
  } catch (const std::exception&) {
    _exit(1);
  }
}

}  // namespace haneul::guest
