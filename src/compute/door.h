// EndpointDoor: how the server gets the AWS endpoint sockets of an execution environment. The listeners were
// made on 127.0.0.1:80 and :443 inside the environment's own network namespace, so whoever connects is that
// function.
#pragma once

#include <string_view>

#include "base/fd.h"

namespace haneul::compute {

class EndpointDoor {
 public:
  virtual ~EndpointDoor() = default;
  // From now on connections are accepted; HttpRequest::listener is "environment:<id>". Any thread; must not
  // block.
  virtual void open(std::string_view environment_id, Fd http_listener, Fd https_listener) = 0;
  // The environment has ended: close listeners and connections.
  virtual void close(std::string_view environment_id) = 0;
};

}  // namespace haneul::compute
