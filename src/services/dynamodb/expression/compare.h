// How conditions look at values: order within one type, equality, parts of texts and of sets, sizes.
// Source: "Comparison operator and function reference". Thread rule: pure functions.
#pragma once

#include <compare>
#include <optional>

#include "services/dynamodb/value/value.h"

namespace haneul::dynamodb {

// Of two texts (by their UTF-8 bytes), two numbers, or two binary values (by unsigned bytes).
std::optional<std::strong_ordering> order_of(const Value& a, const Value& b);
bool is_ordered(ValueType type);

bool begins_with(const Value& value, const Value& prefix);
// A text in a text, bytes in bytes, an element of a set or of a list.
bool contains(const Value& value, const Value& part);
// As size() counts: UTF-16 code units of a text, bytes, elements; nothing for other types.
std::optional<size_t> counted_size(const Value& value);

}  // namespace haneul::dynamodb
