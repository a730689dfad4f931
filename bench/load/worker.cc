#include "worker.h"

#include <cerrno>
#include <charconv>
#include <stdexcept>
#include <system_error>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>

namespace haneul::load {

namespace {

constexpr size_t kBufferBytes = 256 << 10;
constexpr std::chrono::seconds kAnswerPatience(20);

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

int64_t wall_us() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

// The handler answers the time of its first line, as a number or as text.
double stamp_in(std::string_view body) {
  const size_t start = body.find_first_of("0123456789");
  int64_t stamp = 0;
  if (start != std::string_view::npos) std::from_chars(body.data() + start, body.data() + body.size(), stamp);
  return static_cast<double>(stamp);
}

}  // namespace

Fd connect_loopback(uint16_t port) {
  Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd) fail("socket");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fail("connect");
  const int on = 1;
  ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

Worker::Worker(const Options& options, std::atomic<uint64_t>& numbers, size_t connections)
    : options_(options),
      requests_(options),
      numbers_(numbers),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      buffer_(kBufferBytes) {
  for (size_t i = 0; i < connections; ++i) connections_.push_back(std::make_unique<Connection>());
}

void Worker::open(Connection& connection) {
  connection.socket = connect_loopback(options_.port);
  epoll_event event{.events = EPOLLIN, .data = {.ptr = &connection}};
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, connection.socket.get(), &event) != 0) fail("epoll_ctl");
}

void Worker::want(Connection& connection, unsigned events) {
  epoll_event event{.events = events, .data = {.ptr = &connection}};
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, connection.socket.get(), &event) != 0) fail("epoll_ctl");
}

bool Worker::begin(Connection& connection) {
  if (SteadyClock::now() >= until_) return false;
  const uint64_t number = numbers_.fetch_add(1);
  if (options_.requests_max != 0 && number >= options_.requests_max) return false;
  requests_.make(number, connection.message);
  connection.answer.reset();
  connection.sent = 0;
  connection.began_wall_us = wall_us();
  connection.began = SteadyClock::now();
  ++under_way_;
  write(connection);
  return true;
}

void Worker::write(Connection& connection) {
  std::string& head = connection.message.head;
  const std::string_view body = connection.message.body;
  const size_t total = head.size() + body.size();
  while (connection.sent < total) {
    iovec parts[2];
    int count = 0;
    const size_t of_body = std::max(connection.sent, head.size()) - head.size();
    if (connection.sent < head.size())
      parts[count++] = {head.data() + connection.sent, head.size() - connection.sent};
    parts[count++] = {const_cast<char*>(body.data()) + of_body, body.size() - of_body};
    const msghdr message{.msg_iov = parts, .msg_iovlen = static_cast<size_t>(count)};
    const ssize_t sent = ::sendmsg(connection.socket.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno == EAGAIN) {
      if (!connection.waits_to_write) want(connection, EPOLLIN | EPOLLOUT);
      connection.waits_to_write = true;
      return;
    }
    if (sent < 0) fail("send");
    connection.sent += static_cast<size_t>(sent);
  }
  if (connection.waits_to_write) want(connection, EPOLLIN);
  connection.waits_to_write = false;
}

bool Worker::read(Connection& connection) {
  for (;;) {
    const ssize_t got = ::recv(connection.socket.get(), buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN) return false;
    if (got < 0) fail("recv");
    if (got == 0) throw std::runtime_error("the server closed a connection");
    const size_t size = static_cast<size_t>(got);
    if (connection.answer.take({buffer_.data(), size})) return true;
    if (size < buffer_.size()) return false;
  }
}

void Worker::finish(Connection& connection) {
  const std::chrono::duration<double, std::micro> took = SteadyClock::now() - connection.began;
  const Answer& answer = connection.answer;
  if (answer.status() / 100 != 2) {
    if (figures_.errors++ == 0)
      figures_.first_error = fmt::format("{} {}", answer.status(), answer.body_start());
  } else if (options_.stamped) {
    figures_.microseconds.push_back(stamp_in(answer.body_start()) -
                                    static_cast<double>(connection.began_wall_us));
  } else {
    figures_.microseconds.push_back(took.count());
  }
  figures_.bytes += answer.body_bytes() + (options_.operation == "put" ? connection.message.body.size() : 0);
  --under_way_;
  if (answer.closes()) open(connection);
}

void Worker::wait_once(SteadyClock::time_point until) {
  epoll_event events[64];
  const int count = ::epoll_wait(epoll_.get(), events, 64, 1000);
  if (count < 0 && errno != EINTR) fail("epoll_wait");
  for (int i = 0; i < count; ++i) {
    Connection& connection = *static_cast<Connection*>(events[i].data.ptr);
    if ((events[i].events & EPOLLOUT) != 0) write(connection);
    if ((events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) == 0 || !read(connection)) continue;
    finish(connection);
    begin(connection);
  }
  if (SteadyClock::now() > until + kAnswerPatience) throw std::runtime_error("an answer did not come");
}

void Worker::run(SteadyClock::time_point until) {
  until_ = until;
  for (auto& connection : connections_) open(*connection);
  for (auto& connection : connections_) begin(*connection);
  while (under_way_ > 0) wait_once(until);
}

}  // namespace haneul::load
