// What a client may ask of a listener before it ever reaches the pipeline: sizes, patience and numbers. Sizes
// of bodies are the services' business; here only what is needed to keep one client from harming the others.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/clock.h"

namespace haneul::server {

struct HttpLimits {
  size_t head_bytes_max = size_t{64} * 1024;          // request line and header fields together
  size_t request_line_bytes_max = size_t{16} * 1024;  // a presigned URL with a session token is below 8 KiB
  size_t header_count_max = 256;
  size_t drain_bytes_max =
      size_t{256} * 1024;  // an unread body up to this size is read away, a longer one ends the connection
  size_t connections_max = 32'768;
  size_t in_flight_max = 16'384;  // requests; one more is answered 503 at once

  Milliseconds head_patience{30'000};  // from a head's first byte (or the connection's) to its last
  Milliseconds idle_patience{75'000};  // between two requests; a tenth of it when connections run short
  Milliseconds body_patience{
      30'000};  // for one more byte of a body, and the grace before the rate below counts
  uint64_t body_bytes_per_second_min =
      512;                              // below this, counted over the time we waited, a body is given up
  Milliseconds write_patience{60'000};  // for the client to take one more byte
  Milliseconds linger{2'000};  // how long a closing connection waits for the client to hear the answer
};

}  // namespace haneul::server
