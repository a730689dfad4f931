// Small text helpers shared by all floors: hex, base64, percent-encoding, splitting, times. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace haneul {

std::string hex_encode(std::string_view bytes);  // lower case
std::optional<std::string> hex_decode(std::string_view text);
std::string base64_encode(std::string_view bytes);
std::optional<std::string> base64_decode(std::string_view text);  // strict alphabet and padding

// RFC 3986 percent-encoding: all but A-Za-z0-9-._~ are encoded, upper-case hex; slashes kept on request.
enum class Slash { kEncode, kKeep };
std::string uri_encode(std::string_view text, Slash slash = Slash::kEncode);
enum class Plus { kLiteral, kBlank };
std::optional<std::string> uri_decode(std::string_view text,
                                      Plus plus = Plus::kLiteral);  // empty on a bad escape

std::string to_lower(std::string_view text);  // ASCII only
std::string to_upper(std::string_view text);
bool equals_ignore_case(std::string_view a, std::string_view b);
std::string_view trim(std::string_view text);
std::vector<std::string_view> split(std::string_view text, char separator);
std::string join(const std::vector<std::string>& parts, std::string_view separator);
bool is_valid_utf8(std::string_view text);
std::string to_valid_utf8(std::string_view text);         // each byte that fits nowhere becomes U+FFFD
std::optional<int64_t> parse_int(std::string_view text);  // the whole text, optional leading minus

std::string format_iso8601(Timestamp at);  // 2015-08-30T12:36:00Z, with .123 when milliseconds are not zero
std::string format_iso8601_millis(Timestamp at);                // always with three decimals
std::string format_basic(Timestamp at);                         // 20150830T123600Z, as SigV4 writes it
std::string format_http_date(Timestamp at);                     // Sun, 30 Aug 2015 12:36:00 GMT
std::optional<Timestamp> parse_iso8601(std::string_view text);  // with fraction and offset
std::optional<Timestamp> parse_basic(std::string_view text);
std::optional<Timestamp> parse_http_date(std::string_view text);

}  // namespace haneul
