// What a server counts about itself: read by /metrics, /requests and the tests. Thread rule: any thread.
#pragma once

#include <atomic>
#include <cstdint>

namespace haneul::server {

struct ServerCounters {
  std::atomic<uint64_t> connections_accepted{0};
  std::atomic<uint64_t> connections_refused{0};  // over the limit
  std::atomic<int64_t> connections_open{0};
  std::atomic<uint64_t> requests{0};
  std::atomic<int64_t> requests_in_flight{0};
  std::atomic<uint64_t> requests_shed{0};
  std::atomic<uint64_t> requests_refused{0};  // bad framing, head too large
  std::atomic<uint64_t> timeouts{0};
};

}  // namespace haneul::server
