// Extensions are code of tenants, and what they subscribe with decides where the server connects: whatever
// the bytes, no crash, and what is accepted is one request line to a port that is not the platform's own.
#include <cstdint>
#include <cstdlib>

#include "compute/telemetry_subscription.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace haneul::compute;
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  for (const TelemetryApi api : {TelemetryApi::kTelemetry, TelemetryApi::kLogs}) {
    const auto read = parse_subscription(api, body);
    if (!read) continue;
    const TelemetryDestination& to = read->destination;
    if (to.port == 0 || to.port == 53 || to.port == 80 || to.port == 443 || to.port == 9001) std::abort();
    for (const char c : to.target) {
      if (c <= ' ' || c > '~') std::abort();
    }
    if (!to.target.starts_with('/') || read->types.empty() || read->types.size() > 3) std::abort();
    if (read->items_max > 10'000 || read->bytes_max > 1'048'576) std::abort();
  }
  return 0;
}
