// TelemetrySender: brings batches to one destination inside an environment, over sockets that belong to the
// environment's network. The peer is hostile code: every exchange has a deadline, and an answer counts by its
// status alone. Thread rule: created, used and destroyed on the loop's thread; `done` comes there, none after
// destruction.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/fd.h"
#include "base/task/loops.h"
#include "base/task/task.h"
#include "compute/telemetry_subscription.h"

namespace haneul::compute {

class TelemetrySender {
 public:
  // Makes an unconnected socket in the environment's network; may throw.
  using OpenSocket = std::function<Task<Fd>()>;
  enum class Outcome { kDelivered, kFailed };

  TelemetrySender(Loop& loop, TelemetryDestination destination, OpenSocket open_socket);
  ~TelemetrySender();
  // One at a time.
  void send(std::string body, std::function<void(Outcome)> done);
  // While the environment stands still, time does not count.
  void pause();
  void resume();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace haneul::compute
