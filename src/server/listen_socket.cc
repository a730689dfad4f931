#include "server/listen_socket.h"

#include <cerrno>
#include <cstring>
#include <memory>
#include <string_view>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace haneul::server {

namespace {

constexpr int kBacklog = 4096;

std::string explain(int error, const std::string& address, uint16_t port) {
  switch (error) {
    case EADDRINUSE: return fmt::format("port {} on {} is taken (by another Haneul?)", port, address);
    case EACCES:
      return fmt::format("port {} on {} needs a privilege this process does not have", port, address);
    case EADDRNOTAVAIL: return fmt::format("this machine has no address {}", address);
    default: return fmt::format("cannot listen on port {} of {}: {}", port, address, std::strerror(error));
  }
}

std::string address_text(const sockaddr_storage& peer) {
  char text[INET6_ADDRSTRLEN] = {};
  if (peer.ss_family == AF_INET) {
    inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(peer).sin_addr, text, sizeof text);
  } else if (peer.ss_family == AF_INET6) {
    inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6&>(peer).sin6_addr, text, sizeof text);
  }
  std::string_view view(text);
  // A policy that names an IPv4 address means the client, whichever way its packets came.
  if (view.starts_with("::ffff:") && view.find('.') != std::string_view::npos) view.remove_prefix(7);
  return std::string(view);
}

}  // namespace

Fd open_listen_socket(const std::string& address, uint16_t port) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* raw = nullptr;
  if (getaddrinfo(address.c_str(), std::to_string(port).c_str(), &hints, &raw) != 0) {
    throw ListenError(fmt::format("\"{}\" is not an IP address to listen on", address));
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> found(raw, &freeaddrinfo);
  Fd fd(::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) throw ListenError(explain(errno, address, port));
  const int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(fd.get(), found->ai_addr, found->ai_addrlen) != 0 || ::listen(fd.get(), kBacklog) != 0) {
    throw ListenError(explain(errno, address, port));
  }
  return fd;
}

uint16_t bound_port(const Fd& socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
  if (address.ss_family == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6&>(address).sin6_port);
  return ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

Accepted accept_connection(int listener) {
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  Fd socket(::accept4(listener, reinterpret_cast<sockaddr*>(&peer), &size, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!socket) return {.error = errno};
  if (peer.ss_family != AF_UNIX) {
    const int on = 1;
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  return {.socket = std::move(socket), .remote_address = address_text(peer)};
}

}  // namespace haneul::server
