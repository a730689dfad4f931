// The NextToken of a statement carries an item's key in its stored form, back from any client: bytes are an
// item, which survives being written again, or they are refused. Answers are written from such bytes: as
// large and with the same text, in JSON and CBOR, as when a Document is made first.
#include <cstdint>
#include <cstdlib>

#include "base/cbor.h"
#include "base/json.h"
#include "services/dynamodb/value/record.h"
#include "services/dynamodb/value/stored_items.h"
#include "services/dynamodb/value/wire.h"
#include "store/errors.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace haneul;
  using namespace haneul::dynamodb;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  std::optional<size_t> stored;
  try {
    stored = size_of_stored(bytes);
    write_json(stored_document(std::string(bytes)));
  } catch (const store::Corrupt&) {
    // Refused.
  }
  try {
    const Attributes item = decode_item(bytes);
    if (!stored) std::abort();
    const std::string normal = encode_item(item);
    if (decode_item(normal) != item) std::abort();
    // Rows are written by encode_item(): of others, say with a name twice, nothing more is asked.
    const Document general = document_of(item);
    if (size_of_stored(normal) != size_of(item)) std::abort();
    if (write_json(stored_document(normal)) != write_json(general)) std::abort();
    if (write_cbor(stored_document(normal)) != write_cbor(general)) std::abort();
  } catch (const store::Corrupt&) {
    if (stored) std::abort();
  }
  return 0;
}
