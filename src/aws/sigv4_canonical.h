// The canonical request of SigV4 and the string to sign. Pure text work; the rules are in the AWS General
// Reference
// ("Create a canonical request") and are pinned by the published signing test suite.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/sigv4.h"

namespace haneul::aws::sigv4 {

inline constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
inline constexpr std::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";

std::string canonical_path(std::string_view path, const PathRules& rules);

// Sorted by encoded name, then value. `leave_out` are decoded parameter names (the signature itself, at times
// the token).
std::string canonical_query(std::string_view query, std::span<const std::string_view> leave_out);

// Values trimmed, runs of blanks folded to one, repeats joined by commas; appended as "name:value\n" in the
// order of `signed_headers`. Returns the name of a header that was not sent, if there is one.
std::optional<std::string> append_canonical_headers(std::span<const HeaderEntry> headers,
                                                    const std::vector<std::string>& signed_headers,
                                                    std::string& out);

struct CanonicalParts {
  PathRules path_rules;
  std::span<const std::string_view> query_without;
  const std::vector<std::string>& signed_headers;
  std::string_view payload_hash;
};
// The canonical request, or the name of the signed header that is missing.
std::expected<std::string, std::string> canonical_request(const SigningRequest& request,
                                                          const CanonicalParts& parts);

std::string string_to_sign(std::string_view signed_at, std::string_view scope,
                           std::string_view canonical_request);
std::string signature(const SigningKey& key, std::string_view string_to_sign);  // hex

}  // namespace haneul::aws::sigv4
