// Reading one entry of a leaf's list: what each comparison takes, with a sentence for what it does not.
#include <cmath>

#include <arpa/inet.h>
#include <fmt/format.h>

#include "aws/event_pattern/rule.h"
#include "base/parse_error.h"
#include "base/text.h"

namespace haneul::aws {

namespace {

using Op = PatternRule::Op;
constexpr double kNumberMax = 5e9;  // EventBridge compares numbers between -5 and 5 billion

bool is_scalar(const Document& value) {
  return value.is_string() || value.is_number() || value.is_bool() || value.is_null();
}

const std::string& require_text(const Document& value, std::string_view operation) {
  if (!value.is_string()) throw ParseError(fmt::format("{} match pattern must be a string", operation));
  return value.as_string();
}

void require_wildcard(const std::string& text) {
  bool follows_star = false;
  for (size_t at = 0; at < text.size(); ++at) {
    const bool is_star = text[at] == '*';
    if (is_star && follows_star) throw ParseError("Consecutive wildcard characters in a wildcard pattern");
    follows_star = is_star;
    if (text[at] != '\\') continue;
    if (++at == text.size() || (text[at] != '*' && text[at] != '\\'))
      throw ParseError("Invalid escape character in a wildcard pattern");
  }
}

double require_number(const Document& value) {
  if (!value.is_number()) throw ParseError("Bad value in numeric range");
  const double number = value.as_double();
  if (std::abs(number) > kNumberMax)
    throw ParseError("Value of a numeric range must be between -5e9 and 5e9");
  return number;
}

void add_bound(NumericRange& range, const Document& sign, double number) {
  const std::string text = sign.is_string() ? sign.as_string() : std::string();
  const bool is_equal = text == "=";
  const bool is_low = text == ">" || text == ">=", is_high = text == "<" || text == "<=";
  if (!is_equal && !is_low && !is_high) throw ParseError("Unrecognized numeric range operator: " + text);
  if (((is_low || is_equal) && range.low) || ((is_high || is_equal) && range.high))
    throw ParseError("Bad numeric range operator: " + text);
  if (is_low || is_equal) {
    range.low = number;
    range.low_included = text != ">";
  }
  if (is_high || is_equal) {
    range.high = number;
    range.high_included = text != "<";
  }
}

NumericRange parse_range(const Document& value) {
  if (!value.is_array()) throw ParseError("Value of numeric must be an array.");
  const Document::Array& parts = value.as_array();
  if (parts.size() != 2 && parts.size() != 4)
    throw ParseError("Invalid numeric range: operators and numbers");
  NumericRange out;
  for (size_t at = 0; at < parts.size(); at += 2) add_bound(out, parts[at], require_number(parts[at + 1]));
  const bool is_empty = out.low && out.high && parts.size() == 4 && *out.low >= *out.high;
  if (is_empty) throw ParseError("Bottom must be less than top");
  return out;
}

AddressRange parse_addresses(const std::string& text) {
  const size_t slash = text.find('/');
  const auto bits = slash == std::string::npos ? std::nullopt : parse_int(text.substr(slash + 1));
  const std::string address = text.substr(0, slash);
  const bool is_v6 = address.find(':') != std::string::npos;
  AddressRange out{.bytes = std::string(is_v6 ? 16 : 4, '\0')};
  const int bits_max = is_v6 ? 128 : 32;
  if (!bits || *bits < 0 || *bits > bits_max ||
      inet_pton(is_v6 ? AF_INET6 : AF_INET, address.c_str(), out.bytes.data()) != 1)
    throw ParseError("Malformed CIDR, one '/' required");
  out.prefix_bits = static_cast<int>(*bits);
  return out;
}

// What may follow a text comparison: the text, or {"equals-ignore-case": text}.
void take_text(PatternRule& rule, std::string_view name, const Document& value) {
  const Document* text = &value;
  if (value.is_object() && value.as_object().size() == 1 && rule.op != Op::kWildcard) {
    text = value.find("equals-ignore-case");
    if (text == nullptr) throw ParseError(fmt::format("Unsupported {} pattern", name));
    rule.letter_case = PatternRule::Case::kIgnore;
  }
  require_text(*text, name);
  if (rule.op == Op::kWildcard) require_wildcard(text->as_string());
  rule.operands.push_back(*text);
}

bool take_comparison(PatternRule& rule, std::string_view name, PatternDialect dialect) {
  if (name == "prefix") {
    rule.op = Op::kPrefix;
  } else if (name == "suffix") {
    rule.op = Op::kSuffix;
  } else if (name == "equals-ignore-case") {
    rule.letter_case = PatternRule::Case::kIgnore;
  } else if (name == "wildcard" && dialect == PatternDialect::kEventBridge) {
    rule.op = Op::kWildcard;
  } else {
    return false;
  }
  return true;
}

PatternRule parse_anything_but(const Document& value, PatternDialect dialect) {
  PatternRule rule{.sense = PatternRule::Sense::kNoneOf};
  const Document* operands = &value;
  std::string_view name = "anything-but";
  if (value.is_object()) {
    if (value.as_object().size() != 1) throw ParseError("anything-but object must have one key");
    name = value.as_object().front().first;
    operands = &value.as_object().front().second;
    if (!take_comparison(rule, name, dialect))
      throw ParseError(fmt::format("Unsupported anything-but pattern: {}", name));
  }
  const Document::Array list = operands->is_array() ? operands->as_array() : Document::Array{*operands};
  if (list.empty()) throw ParseError("Empty arrays are not allowed");
  for (const Document& operand : list) {
    if (value.is_object()) {
      take_text(rule, name, operand);
    } else {
      if (!operand.is_string() && !operand.is_number())
        throw ParseError("Inside anything but list, must be a number or string.");
      rule.operands.push_back(operand);
    }
  }
  return rule;
}

PatternRule parse_comparison(const std::string& name, const Document& value, PatternDialect dialect) {
  if (name == "anything-but") return parse_anything_but(value, dialect);
  PatternRule rule;
  if (name == "exists") {
    if (!value.is_bool()) throw ParseError("exists match pattern must be either true or false.");
    rule.op = Op::kExists;
    rule.presence = value.as_bool() ? PatternRule::Presence::kThere : PatternRule::Presence::kAbsent;
  } else if (name == "numeric") {
    rule.op = Op::kNumeric;
    rule.range = parse_range(value);
  } else if (name == "cidr" && dialect == PatternDialect::kEventBridge) {
    rule.op = Op::kCidr;
    rule.addresses = parse_addresses(require_text(value, name));
  } else if (take_comparison(rule, name, dialect)) {
    if (name == "equals-ignore-case") require_text(value, name);
    take_text(rule, name, value);
  } else {
    throw ParseError("Unrecognized match type " + name);
  }
  return rule;
}

}  // namespace

PatternRule parse_rule(const Document& entry, PatternDialect dialect) {
  if (is_scalar(entry)) {
    PatternRule rule;
    rule.operands.push_back(entry);
    return rule;
  }
  if (!entry.is_object() || entry.as_object().size() != 1)
    throw ParseError("Only one key allowed in match expression");
  const auto& [name, value] = entry.as_object().front();
  return parse_comparison(name, value, dialect);
}

}  // namespace haneul::aws
