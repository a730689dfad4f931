// Event patterns come from anybody who may make a mapping or a rule, events from anybody who may send: what
// is no pattern is refused, and a match ends whatever it looks at.
#include <cstdint>
#include <string>

#include "aws/event_pattern/event_pattern.h"
#include "base/json.h"
#include "base/parse_error.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace haneul;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const size_t end = text.find('\n');
  try {
    const auto dialect = size % 2 == 0 ? aws::PatternDialect::kEventBridge : aws::PatternDialect::kLambda;
    const auto pattern = aws::EventPattern::parse(text.substr(0, end), dialect);
    pattern.form_of("body");
    if (end != std::string::npos) pattern.matches(parse_json(text.substr(end + 1)));
  } catch (const ParseError&) {
  }
  return 0;
}
