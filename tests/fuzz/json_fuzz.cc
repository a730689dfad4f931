// Every JSON service and every policy is read by this parser. What parses must be written, read back and be
// the same. The check of texts that are handed on must not be stricter than the parser.
#include <cstdint>
#include <cstdlib>

#include "base/json.h"
#include "base/json_check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace haneul;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Document value;
  try {
    value = parse_json(text);
  } catch (const ParseError&) {
    return 0;
  }
  check_json(text);
  const std::string written = write_json(value);
  if (write_json(parse_json(written)) != written) std::abort();
  return 0;
}
