// How AWS's services word a constraint and show a value in validation messages. Pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/document.h"
#include "model/schema.h"

namespace haneul::model {

std::string lower_camel(std::string_view member_name);  // FunctionName -> functionName

// The value as Java prints it: text bare, [a, b] for lists, {k=v} for maps, Name(member=value) for
// structures. Sensitive parts are not shown; very long values are cut.
std::string show_value(const Shape& shape, const Document& value);

enum class Bound { kUpper, kLower };
std::string length_clause(const Shape& shape,
                          Bound bound);  // "Member must have length less than or equal to 64"
std::string range_clause(const Shape& shape,
                         Bound bound);  // "Member must have value less than or equal to 64"
std::string pattern_clause(const Shape& shape);
std::string enum_clause(const Shape& shape);

// Every constraint of the shape, "[..., ...]": what is said of the items of a list or map when one of them
// fails.
std::string all_clauses(const Shape& shape);

}  // namespace haneul::model
