#include "store/record.h"

#include "base/cbor.h"
#include "store/errors.h"

namespace haneul::store {

namespace {
constexpr char kVersionCbor = 0x01;
}

std::string encode_record(const Document& value) { return kVersionCbor + write_cbor(value); }

Document decode_record(std::string_view bytes) {
  if (bytes.empty()) throw Corrupt("a stored record is empty");
  if (bytes.front() != kVersionCbor)
    throw Corrupt("a stored record has a version that this binary does not know");
  try {
    return parse_cbor(bytes.substr(1));
  } catch (const ParseError& error) {
    throw Corrupt(std::string("a stored record does not parse: ") + error.what());
  }
}

}  // namespace haneul::store
