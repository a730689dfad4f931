#include "services/logs/filter/filter.h"

#include "base/text.h"
#include "gen/logs/errors.h"
#include "services/logs/filter/parts.h"

namespace haneul::logs {

namespace {

void require_end(std::string_view pattern, char begin, char end) {
  if (pattern.back() == end && pattern.size() > 1) return;
  throw InvalidParameterException(std::string("If a filter pattern starts with '") + begin +
                                  "' it must end with '" + end + "'");
}

}  // namespace

FilterPtr parse_filter(std::string_view text) {
  const std::string_view pattern = trim(text);
  if (pattern.starts_with('{')) {
    require_end(pattern, '{', '}');
    return filter::parse_json_pattern(pattern);
  }
  if (pattern.starts_with('[')) {
    require_end(pattern, '[', ']');
    return filter::parse_fields(pattern);
  }
  return filter::parse_terms(pattern);
}

}  // namespace haneul::logs
