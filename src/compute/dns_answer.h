// The resolver's answers inside an execution environment: every AWS endpoint name is this very environment's
// loopback, where the server listens; every other name does not exist. Parsing of the wire format is
// libldns's. RFC 1035. Invariant: an answer never holds an address other than 127.0.0.1. Thread rule: pure
// functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace haneul::compute {

inline constexpr size_t kDnsQueryBytesMax = 512;

// The answer to send, or nothing when the bytes are no query that could be answered.
std::optional<std::string> answer_dns(std::string_view query);

// Whether the name (without its final dot) is served from the environment's loopback.
bool is_endpoint_name(std::string_view name);

}  // namespace haneul::compute
