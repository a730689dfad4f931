// rpc-v2-cbor bodies come from outside. What parses must be written, read back and be the same.
#include <cstdint>
#include <cstdlib>

#include "base/cbor.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace haneul;
  Document value;
  try {
    value = parse_cbor(std::string_view(reinterpret_cast<const char*>(data), size));
  } catch (const ParseError&) {
    return 0;
  }
  const std::string written = write_cbor(value);
  if (write_cbor(parse_cbor(written)) != written) std::abort();
  return 0;
}
