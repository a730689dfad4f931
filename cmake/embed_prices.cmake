# Writes the price table as a constant of a header.
file(READ ${SOURCE} text)
file(WRITE ${OUT} "// Made from data/prices.json; do not edit.
#pragma once

#include <string_view>

namespace haneul::app {

inline constexpr std::string_view kPricesJson = R\"json(${text})json\";

}  // namespace haneul::app
")
