// Debug ports: loopback ports of the host that lead to the debugger's port inside an environment. The
// inspector of Node.js and debugpy listen on the environment's own loopback; a connection to the host's port
// is passed on through a socket that the launcher makes in the environment's network namespace. Only for
// functions that the operator names: whoever may connect to the host's loopback may run code as such a
// function.
//
// Thread rule: any thread. Each port listens on 127.0.0.1 only; its connections live on one loop.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/task/loops.h"
#include "sandbox/launcher.h"

namespace haneul::compute {

struct DebugTarget {
  std::string function;  // a name; one that ends in '*' stands for every name that begins so
  uint16_t port = 0;     // the same outside and inside
};

class DebugPorts {
 public:
  // Listens at once; throws std::runtime_error naming the port that is taken.
  DebugPorts(std::vector<DebugTarget> targets, sandbox::Launcher& launcher, Loops& loops);
  ~DebugPorts();

  // 0: the function is not to be debugged.
  uint16_t port_of(std::string_view function_name) const;
  // Connections that come, or wait, lead to this environment from now on.
  void lead_to(uint16_t port, sandbox::EnvironmentId environment);
  void forget(sandbox::EnvironmentId environment);
  void stop();  // closes ports and connections; before the loops stop

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace haneul::compute
