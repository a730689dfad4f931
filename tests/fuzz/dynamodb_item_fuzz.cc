// The NextToken of a statement carries an item's key in its stored form, back from any client: bytes are an
// item, which survives being written again, or they are refused.
#include <cstdint>
#include <cstdlib>

#include "services/dynamodb/value/record.h"
#include "services/dynamodb/value/wire.h"
#include "store/errors.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace haneul::dynamodb;
  try {
    const Attributes item = decode_item({reinterpret_cast<const char*>(data), size});
    document_of(item);
    size_of(item);
    if (decode_item(encode_item(item)) != item) std::abort();
  } catch (const haneul::store::Corrupt&) {
    // Refused.
  }
  return 0;
}
