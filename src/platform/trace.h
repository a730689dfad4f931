// Trace ids in the X-Amzn-Trace-Id form: "Root=1-<8 hex: epoch seconds>-<24 hex>;Parent=<16
// hex>;Sampled=0|1". Source: AWS X-Ray developer guide, "Tracing header".
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"

namespace haneul::platform {

// The header as given when its Root is well formed (unknown fields kept), else a new root that is not
// sampled.
std::string accept_trace_header(std::string_view given, Timestamp now, Random& random);
std::string_view trace_root(std::string_view header);  // "1-5759e988-bd862e3fe1be46a994272793"
bool trace_sampled(std::string_view header);

}  // namespace haneul::platform
