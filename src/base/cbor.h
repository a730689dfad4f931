// CBOR (RFC 8949) to Document and back (libcbor behind it). Accepted: definite and indefinite lengths, half,
// single and double floats, tag 1 (epoch seconds, integer or float) as timestamp, tags 2 and 3 are refused;
// map keys must be text. Depth at most kDepthMax; trailing bytes, truncation and other tags are a ParseError.
// Writing: definite lengths, timestamps as tag 1 with a double, integers in the shortest form.
#pragma once

#include <string>
#include <string_view>

#include "base/document.h"
#include "base/parse_error.h"
#include "base/value_sink.h"

namespace haneul {

Document parse_cbor(std::string_view bytes);
std::string write_cbor(const Document& value);
std::unique_ptr<ByteSink> cbor_sink();

}  // namespace haneul
