#include "aws/event_pattern/rule.h"

#include <algorithm>

#include <arpa/inet.h>

#include "base/text.h"

namespace haneul::aws {

namespace {

std::string folded(const std::string& text, PatternRule::Case letter_case) {
  return letter_case == PatternRule::Case::kIgnore ? to_lower(text) : text;
}

// '*' stands for any characters, '\' makes the next one literal. Greedy with one point to go back to.
bool matches_wildcard(std::string_view pattern, std::string_view text) {
  size_t at = 0, seen = 0, star = std::string_view::npos, star_seen = 0;
  while (seen < text.size()) {
    if (at < pattern.size() && pattern[at] == '*') {
      star = at++;
      star_seen = seen;
      continue;
    }
    const size_t literal = at < pattern.size() && pattern[at] == '\\' ? at + 1 : at;
    if (literal < pattern.size() && pattern[literal] == text[seen]) {
      at = literal + 1;
      ++seen;
    } else if (star != std::string_view::npos) {
      at = star + 1;
      seen = ++star_seen;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', at) == std::string_view::npos;
}

bool equals(const Document& operand, const Document& scalar, PatternRule::Case letter_case) {
  if (operand.is_number() && scalar.is_number()) {
    if (operand.is_int() && scalar.is_int()) return operand.as_int() == scalar.as_int();
    return operand.as_double() == scalar.as_double();
  }
  if (operand.is_string() && scalar.is_string())
    return folded(operand.as_string(), letter_case) == folded(scalar.as_string(), letter_case);
  return operand == scalar;
}

bool holds(const PatternRule& rule, const Document& operand, const Document& scalar) {
  using Op = PatternRule::Op;
  if (rule.op == Op::kEquals) return equals(operand, scalar, rule.letter_case);
  if (!scalar.is_string()) return false;
  const std::string text = folded(scalar.as_string(), rule.letter_case);
  const std::string part = folded(operand.as_string(), rule.letter_case);
  if (rule.op == Op::kPrefix) return text.starts_with(part);
  if (rule.op == Op::kSuffix) return text.ends_with(part);
  return matches_wildcard(part, text);
}

}  // namespace

bool NumericRange::holds(double value) const {
  if (low && !(low_included ? value >= *low : value > *low)) return false;
  return !high || (high_included ? value <= *high : value < *high);
}

bool AddressRange::holds(const std::string& address) const {
  std::string given(bytes.size(), '\0');
  if (inet_pton(bytes.size() == 4 ? AF_INET : AF_INET6, address.c_str(), given.data()) != 1) return false;
  for (int bit = 0; bit < prefix_bits; ++bit) {
    const auto at = static_cast<size_t>(bit / 8);
    if (((given[at] ^ bytes[at]) & (0x80 >> (bit % 8))) != 0) return false;
  }
  return true;
}

bool PatternRule::matches(const Document& scalar) const {
  if (op == Op::kNumeric) return scalar.is_number() && range.holds(scalar.as_double());
  if (op == Op::kCidr) return scalar.is_string() && addresses.holds(scalar.as_string());
  const bool any =
      std::ranges::any_of(operands, [&](const Document& operand) { return holds(*this, operand, scalar); });
  return any == (sense == Sense::kAnyOf);
}

}  // namespace haneul::aws
