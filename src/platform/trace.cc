#include "platform/trace.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"

namespace haneul::platform {

namespace {

constexpr size_t kHeaderBytesMax = 512;

std::string_view field(std::string_view header, std::string_view name) {
  for (const std::string_view part : split(header, ';')) {
    const std::string_view entry = trim(part);
    const size_t equals = entry.find('=');
    if (equals != std::string_view::npos && equals_ignore_case(entry.substr(0, equals), name)) {
      return entry.substr(equals + 1);
    }
  }
  return {};
}

bool all_hex(std::string_view text) {
  return std::ranges::all_of(text, [](unsigned char c) { return std::isxdigit(c) != 0; });
}

bool is_root(std::string_view root) {
  return root.size() == 35 && root.starts_with("1-") && root[10] == '-' && all_hex(root.substr(2, 8)) &&
         all_hex(root.substr(11));
}

bool is_printable(std::string_view text) {
  return std::ranges::all_of(text, [](unsigned char c) { return c >= 0x20 && c < 0x7f; });
}

}  // namespace

std::string_view trace_root(std::string_view header) { return field(header, "Root"); }

bool trace_sampled(std::string_view header) { return field(header, "Sampled") == "1"; }

std::string accept_trace_header(std::string_view given, Timestamp now, Random& random) {
  if (given.size() <= kHeaderBytesMax && is_printable(given) && is_root(trace_root(given))) {
    return std::string(given);
  }
  const auto seconds = std::chrono::duration_cast<Seconds>(now.time_since_epoch()).count();
  return fmt::format("Root=1-{:08x}-{};Parent={};Sampled=0", seconds, random.hex(24), random.hex(16));
}

}  // namespace haneul::platform
