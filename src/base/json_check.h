// Whether a text is one JSON value, for callers that hand its bytes on: nothing is built, so its depth has no
// limit, and escaped halves of characters may stand alone ("\ud83d", as of a text that was cut). What
// parse_json takes passes here as well.
#pragma once

#include <string_view>

#include "base/parse_error.h"

namespace haneul {

void check_json(std::string_view text);  // throws ParseError, which names the offset

}  // namespace haneul
