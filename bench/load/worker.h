// One thread of the load: a share of the connections on one epoll, each with one request on its way at any
// time. A time runs from the first byte sent to the last byte of the answer; the signature is made before.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <vector>

#include "answer.h"
#include "base/fd.h"
#include "options.h"
#include "requests.h"

namespace haneul::load {

using SteadyClock = std::chrono::steady_clock;

struct Figures {
  std::vector<double> microseconds;
  uint64_t bytes = 0;
  uint64_t errors = 0;
  std::string first_error;
};

class Worker {
 public:
  // `numbers` gives out the numbers of requests to all workers.
  Worker(const Options& options, std::atomic<uint64_t>& numbers, size_t connections);
  void run(SteadyClock::time_point until);
  Figures& figures() { return figures_; }

 private:
  struct Connection {
    Fd socket;
    Requests::Message message;
    Answer answer;
    size_t sent = 0;
    SteadyClock::time_point began;
    int64_t began_wall_us = 0;
    bool waits_to_write = false;
  };

  void open(Connection& connection);
  bool begin(Connection& connection);  // false: there is nothing more to send
  void write(Connection& connection);
  bool read(Connection& connection);  // true: the answer is complete
  void finish(Connection& connection);
  void want(Connection& connection, unsigned events);
  void wait_once(SteadyClock::time_point until);

  const Options& options_;
  Requests requests_;
  std::atomic<uint64_t>& numbers_;
  Fd epoll_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<char> buffer_;
  Figures figures_;
  size_t under_way_ = 0;
  SteadyClock::time_point until_;
};

Fd connect_loopback(uint16_t port);  // throws std::system_error

}  // namespace haneul::load
