// What the REST protocols carry outside of the body: labels, query string and headers of requests, headers
// and status of answers. See "HTTP bindings" in the Smithy specification.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/document.h"
#include "model/schema.h"
#include "protocol/place.h"
#include "protocol/wire.h"

namespace haneul::protocol {

// Sets the members of `input` that are bound to labels, query string and headers.
void read_bindings(const Call& call, const WireRequest& request, Document& input);

// Adds the headers that members of `value` are bound to; sets the status from a kStatus member.
void write_bindings(const model::Shape& shape, const Document& value, WireResponse& response);

enum class ListItems { kPlain, kHttpDates };

// A header list: values divided by commas, quoted where they hold commas or quotes; HTTP dates keep their
// comma.
std::vector<std::string> split_header_list(std::string_view text, ListItems items);
std::string quote_header_item(std::string_view item);

// A value fit for a header line: line breaks and control characters become blanks, so that data cannot add
// headers.
std::string header_safe(std::string_view value);

}  // namespace haneul::protocol
