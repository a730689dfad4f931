// Records: how services encode the values of their rows. One version byte, then CBOR (RFC 8949) of a
// Document. The version is that of this envelope; a service that changes the meaning of a field adds a field
// instead. Encoding is deterministic for equal Documents. Bytes that are no record are store::Corrupt.
#pragma once

#include <string>
#include <string_view>

#include "base/document.h"

namespace haneul::store {

std::string encode_record(const Document& value);
Document decode_record(std::string_view bytes);

}  // namespace haneul::store
