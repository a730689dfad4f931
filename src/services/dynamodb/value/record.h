// How items stand in the store: compact bytes of Attributes, the same for equal items. A version byte, then
// the entries; see record.cc. Bytes that are no item are store::Corrupt. Thread rule: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "services/dynamodb/value/value.h"

namespace haneul::dynamodb {

std::string encode_item(const Attributes& item);
Attributes decode_item(std::string_view bytes);

}  // namespace haneul::dynamodb
