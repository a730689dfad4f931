// The three forms of a filter pattern, each in its own file; filter.cc chooses by the first character.
#pragma once

#include "services/logs/filter/filter.h"

namespace haneul::logs::filter {

FilterPtr parse_terms(std::string_view pattern);
FilterPtr parse_fields(std::string_view pattern);        // with its brackets
FilterPtr parse_json_pattern(std::string_view pattern);  // with its braces

}  // namespace haneul::logs::filter
