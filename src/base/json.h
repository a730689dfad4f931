// JSON to Document and back (RapidJSON behind it). Strict RFC 8259: one value, valid UTF-8, no comments,
// depth at most kDepthMax; anything else is a ParseError naming the offset. Numbers without fraction or
// exponent that fit int64 become kInt, all others kDouble. Writing: blobs as base64, timestamps as seconds
// with up to three decimals, doubles in the shortest form that reads back; NaN and infinities as the strings
// "NaN", "Infinity", "-Infinity" as AWS does.
#pragma once

#include <string>
#include <string_view>

#include "base/document.h"
#include "base/parse_error.h"
#include "base/value_sink.h"

namespace haneul {

inline constexpr int kDepthMax = 128;

Document parse_json(std::string_view text);
std::string write_json(const Document& value);
std::unique_ptr<ByteSink> json_sink();
std::string write_json_pretty(const Document& value);  // four blanks of indentation

}  // namespace haneul
