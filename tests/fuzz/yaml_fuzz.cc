// Templates are written by users. Whatever they hold must end in a value within the bounds or in a
// ParseError.
#include <cstdint>

#include "base/json.h"
#include "base/yaml.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace haneul;
  try {
    write_json(parse_yaml(std::string_view(reinterpret_cast<const char*>(data), size)));
  } catch (const ParseError&) {
  }
  return 0;
}
