// Listening sockets of the host: opened, asked for their port, with errors a person can act on.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

#include "base/fd.h"

namespace haneul::server {

class ListenError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// address is a literal IPv4 or IPv6 address; port 0 lets the system choose. Throws ListenError.
Fd open_listen_socket(const std::string& address, uint16_t port);

uint16_t bound_port(const Fd& socket);

// Accepts one connection with its peer's address as text. socket is empty when none waits; error is errno
// then.
struct Accepted {
  Fd socket;
  std::string remote_address;
  int error = 0;
};
Accepted accept_connection(int listener);

}  // namespace haneul::server
