// The least that it takes to ask one process through another over loopback: each request of one HTTP
// connection goes to a second process, whose answer becomes the response. Nothing is parsed, checked, kept
// or isolated. What an invocation takes beyond this is what the platform adds.
//
//   bench_relay PORT
#include <cstdlib>
#include <string_view>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

constexpr std::string_view kAnswer =
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello";

void send_at_once(int fd) {
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

sockaddr_in loopback(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int listen_on(uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const sockaddr_in address = loopback(port);
  if (bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return -1;
  return listen(fd, 16) == 0 ? fd : -1;
}

uint16_t port_of(int fd) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

// The second process: every message is its own answer.
[[noreturn]] void echo(uint16_t port) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(port);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) _exit(1);
  send_at_once(fd);
  char block[8192];
  for (ssize_t got; (got = recv(fd, block, sizeof block, 0)) > 0;) {
    if (send(fd, block, static_cast<size_t>(got), MSG_NOSIGNAL) != got) break;
  }
  _exit(0);
}

void serve(int client, int function) {
  char block[8192];
  // A request without a body comes in one piece over loopback.
  for (ssize_t got; (got = recv(client, block, sizeof block, 0)) > 0;) {
    if (send(function, block, static_cast<size_t>(got), MSG_NOSIGNAL) != got) return;
    for (ssize_t left = got; left > 0;) {
      const ssize_t back = recv(function, block, sizeof block, 0);
      if (back <= 0) return;
      left -= back;
    }
    if (send(client, kAnswer.data(), kAnswer.size(), MSG_NOSIGNAL) < 0) return;
  }
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) return 2;
  const int inner = listen_on(0);
  const int outer = listen_on(static_cast<uint16_t>(std::atoi(arguments[1])));
  if (inner < 0 || outer < 0) return 1;
  if (fork() == 0) echo(port_of(inner));
  const int function = accept4(inner, nullptr, nullptr, SOCK_CLOEXEC);
  send_at_once(function);
  for (;;) {
    const int client = accept4(outer, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) return 1;
    send_at_once(client);
    serve(client, function);
    close(client);
  }
}
