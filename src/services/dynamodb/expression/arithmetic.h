// What updates make of values: sums, unions and differences of sets, lists one after the other. What cannot
// be is refused with DynamoDB's sentence. Thread rule: pure functions.
#pragma once

#include <optional>

#include "services/dynamodb/value/value.h"

namespace haneul::dynamodb {

Value sum_of(const Number& a, const Number& b);  // refuses more digits or a magnitude than a number has
Value difference_of(const Number& a, const Number& b);  // likewise
Value appended(const List& a, const List& b);
// Of two sets of the same type.
Value union_of(const Value& a, const Value& b);
std::optional<Value> without(const Value& set, const Value& taken);  // nothing when no element is left

}  // namespace haneul::dynamodb
