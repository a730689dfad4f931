// compute::EndpointDoor by the server: the two listening sockets of an execution environment become doors
// named "environment:<id>", so the pipeline knows which function calls. Thread rule: any thread; never
// blocks.
#pragma once

#include "compute/door.h"
#include "server/server.h"

namespace haneul::server {

class EnvironmentDoor final : public compute::EndpointDoor {
 public:
  explicit EnvironmentDoor(Server& server) : server_(server) {}
  void open(std::string_view environment_id, Fd http_listener, Fd https_listener) override;
  void close(std::string_view environment_id) override;

 private:
  Server& server_;
};

}  // namespace haneul::server
