#include "services/dynamodb/expression/arithmetic.h"

#include <algorithm>
#include <iterator>

#include "services/dynamodb/refusal.h"

namespace haneul::dynamodb {
namespace {

// Calls `change` with the elements of the two sets and a place for the result; of the type of the first.
template <class Set, class Change>
Value changed(const Set& a, const Value& b, Change&& change) {
  Set out;
  change(a.items, b.as<Set>()->items, out.items);
  return out;
}

template <class Change>
Value changed_set(const Value& a, const Value& b, Change&& change) {
  if (const auto* texts = a.as<StringSet>()) return changed(*texts, b, change);
  if (const auto* numbers = a.as<NumberSet>()) return changed(*numbers, b, change);
  return changed(*a.as<BinarySet>(), b, change);
}

}  // namespace

Value sum_of(const Number& a, const Number& b) {
  try {
    return a + b;
  } catch (const NumberError& error) {
    refuse(error.what());
  }
}

Value difference_of(const Number& a, const Number& b) { return sum_of(a, b.negated()); }

Value appended(const List& a, const List& b) {
  List out;
  out.reserve(a.size() + b.size());
  out.insert(out.end(), a.begin(), a.end());
  out.insert(out.end(), b.begin(), b.end());
  return out;
}

Value union_of(const Value& a, const Value& b) {
  return changed_set(a, b, [](const auto& x, const auto& y, auto& out) {
    std::ranges::set_union(x, y, std::back_inserter(out));
  });
}

std::optional<Value> without(const Value& set, const Value& taken) {
  bool empty = false;
  Value out = changed_set(set, taken, [&empty](const auto& x, const auto& y, auto& left) {
    std::ranges::set_difference(x, y, std::back_inserter(left));
    empty = left.empty();
  });
  if (empty) return {};
  return out;
}

}  // namespace haneul::dynamodb
