// Single values as text, the way headers, paths, query strings, forms and XML carry them, and what all codecs
// ask of a member: its time format and the name of a flattened container.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/document.h"
#include "model/schema.h"

namespace haneul::protocol {

// The first that is stated of: the member's format, the shape's, the location's default.
model::TimestampFormat time_format(const model::Member* member, const model::Shape& shape,
                                   model::TimestampFormat fallback);

// Reads a scalar; nothing when the text is no such value. Blobs are base64.
std::optional<Document> scalar_from_text(const model::Shape& shape, model::TimestampFormat format,
                                         std::string_view text);
std::string scalar_to_text(const model::Shape& shape, model::TimestampFormat format, const Document& value);

bool is_scalar(const model::Shape& shape);
bool is_aggregate(const model::Shape& shape);           // a structure or union
std::string_view kind_word(const model::Shape& shape);  // "Integer", for messages

// Whether a number fits byte-to-int or long members.
bool fits(model::ShapeKind kind, int64_t value);
std::optional<int64_t> whole_number(double value);
std::optional<Timestamp> time_from_seconds(double seconds);    // years 0 to 9999
std::optional<double> float_from_text(std::string_view text);  // with NaN, Infinity, -Infinity

// Bindings to path and query string mean nothing in answers: such members stand in the body.
bool is_in_answer_body(const model::Member& member);
bool has_answer_body(const model::Shape& shape);

std::string_view wire_name(const model::Member& member);
bool is_flattened(const model::Member& member);
// Without a name of the member's own, a list that is flattened as a shape goes by its item's name and a map
// by its shape's: older models put the trait there.
std::string_view container_name(const model::Member& member);

}  // namespace haneul::protocol
