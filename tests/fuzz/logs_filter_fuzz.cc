// Filter patterns and log messages are both written by others. The input is a pattern, a newline and a
// message: a pattern is refused or it judges every message, and what it extracts it also matched.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "gen/logs/errors.h"
#include "services/logs/filter/filter.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace haneul::logs;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const size_t end = text.find('\n');
  const std::string_view message = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  FilterPtr filter;
  try {
    filter = parse_filter(text.substr(0, end).substr(0, 1024));
  } catch (const InvalidParameterException&) {
    return 0;
  }
  const bool first = filter->matches(message);
  if (filter->matches(message) != first) std::abort();
  if (first) (void)filter->extract(message);
  return 0;
}
