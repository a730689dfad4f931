#include "aws/policy/condition.h"

#include <algorithm>

#include "aws/policy/compare.h"
#include "base/text.h"

namespace haneul::aws::policy {
namespace {

using Type = Operator::Type;
using Compare = Operator::Compare;

struct NamedOperator {
  std::string_view name;
  Type type;
  Compare compare;
  bool negated;
};

constexpr NamedOperator kOperators[] = {
    {"StringEquals", Type::kString, Compare::kEquals, false},
    {"StringNotEquals", Type::kString, Compare::kEquals, true},
    {"StringEqualsIgnoreCase", Type::kStringIgnoreCase, Compare::kEquals, false},
    {"StringNotEqualsIgnoreCase", Type::kStringIgnoreCase, Compare::kEquals, true},
    {"StringLike", Type::kStringLike, Compare::kEquals, false},
    {"StringNotLike", Type::kStringLike, Compare::kEquals, true},
    {"NumericEquals", Type::kNumeric, Compare::kEquals, false},
    {"NumericNotEquals", Type::kNumeric, Compare::kEquals, true},
    {"NumericLessThan", Type::kNumeric, Compare::kLess, false},
    {"NumericLessThanEquals", Type::kNumeric, Compare::kLessOrEquals, false},
    {"NumericGreaterThan", Type::kNumeric, Compare::kGreater, false},
    {"NumericGreaterThanEquals", Type::kNumeric, Compare::kGreaterOrEquals, false},
    {"DateEquals", Type::kDate, Compare::kEquals, false},
    {"DateNotEquals", Type::kDate, Compare::kEquals, true},
    {"DateLessThan", Type::kDate, Compare::kLess, false},
    {"DateLessThanEquals", Type::kDate, Compare::kLessOrEquals, false},
    {"DateGreaterThan", Type::kDate, Compare::kGreater, false},
    {"DateGreaterThanEquals", Type::kDate, Compare::kGreaterOrEquals, false},
    {"Bool", Type::kBool, Compare::kEquals, false},
    {"BinaryEquals", Type::kBinary, Compare::kEquals, false},
    {"IpAddress", Type::kIp, Compare::kEquals, false},
    {"NotIpAddress", Type::kIp, Compare::kEquals, true},
    {"ArnEquals", Type::kArn, Compare::kEquals, false},
    {"ArnLike", Type::kArn, Compare::kEquals, false},
    {"ArnNotEquals", Type::kArn, Compare::kEquals, true},
    {"ArnNotLike", Type::kArn, Compare::kEquals, true},
    {"Null", Type::kNull, Compare::kEquals, false},
};

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (text.size() < prefix.size() || !equals_ignore_case(text.substr(0, prefix.size()), prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

// Variables stand in string and ARN operators only; wildcards only where the operator's name promises them.
PatternRules rules_for(const Operator& op, PatternRules::Variables variables) {
  PatternRules rules{PatternRules::Wildcards::kNo, PatternRules::Variables::kNo, PatternRules::Case::kExact};
  if (op.type == Type::kStringLike || op.type == Type::kArn) rules.wildcards = PatternRules::Wildcards::kYes;
  if (op.type == Type::kStringIgnoreCase) rules.letter_case = PatternRules::Case::kIgnore;
  const bool takes_variables = op.type == Type::kString || op.type == Type::kStringIgnoreCase ||
                               op.type == Type::kStringLike || op.type == Type::kArn;
  if (takes_variables) rules.variables = variables;
  return rules;
}

}  // namespace

std::optional<Operator> parse_operator(std::string_view name) {
  Operator out;
  if (take_prefix(name, "ForAllValues:")) {
    out.set = Operator::Set::kForAll;
  } else if (take_prefix(name, "ForAnyValue:")) {
    out.set = Operator::Set::kForAny;
  }
  constexpr std::string_view kIfExists = "IfExists";
  if (name.size() > kIfExists.size() &&
      equals_ignore_case(name.substr(name.size() - kIfExists.size()), kIfExists)) {
    out.if_exists = true;
    name.remove_suffix(kIfExists.size());
  }
  for (const NamedOperator& known : kOperators) {
    if (!equals_ignore_case(known.name, name)) continue;
    out.type = known.type;
    out.compare = known.compare;
    out.negated = known.negated;
    if (out.type == Type::kNull && out.if_exists) return std::nullopt;  // Null asks that very question
    return out;
  }
  return std::nullopt;
}

Condition::Condition(const Operator& op, std::string key, const std::vector<std::string>& values,
                     PatternRules::Variables variables)
    : operator_(op), key_(std::move(key)) {
  const PatternRules rules = rules_for(op, variables);
  values_.reserve(values.size());
  for (const std::string& value : values) values_.emplace_back(value, rules);
}

void Condition::append_variable_names(std::vector<std::string_view>& out) const {
  for (const Pattern& value : values_) value.append_variable_names(out);
}

bool Condition::value_matches(std::string_view value, const Context& context) const {
  return std::any_of(values_.begin(), values_.end(), [&](const Pattern& wanted) {
    switch (operator_.type) {
      case Type::kNumeric: return compare_numbers(value, wanted.text(), operator_.compare);
      case Type::kDate: return compare_dates(value, wanted.text(), operator_.compare);
      case Type::kBool: return equals_ignore_case(value, wanted.text());
      case Type::kBinary: return value == wanted.text();
      case Type::kIp: return ip_in_range(value, wanted.text());
      case Type::kArn: return wanted.matches_arn(value, context);
      default: return wanted.matches(value, context);
    }
  });
}

bool Condition::holds(const Context& context) const {
  const Context::Values* values = context.find(key_);
  const bool present = values && !values->empty();
  if (operator_.type == Type::kNull) {
    // {"Null": {"key": "true"}}: the key must be absent.
    const std::string_view state = present ? "false" : "true";
    return std::any_of(values_.begin(), values_.end(),
                       [&](const Pattern& wanted) { return equals_ignore_case(wanted.text(), state); });
  }
  if (!present) {
    if (operator_.if_exists || operator_.set == Operator::Set::kForAll) return true;
    return operator_.set == Operator::Set::kNone && operator_.negated;
  }
  const auto satisfied = [&](const std::string& value) {
    return value_matches(value, context) != operator_.negated;
  };
  if (operator_.set == Operator::Set::kForAny) return std::any_of(values->begin(), values->end(), satisfied);
  if (operator_.set == Operator::Set::kForAll || operator_.negated) {
    return std::all_of(values->begin(), values->end(), satisfied);
  }
  return std::any_of(values->begin(), values->end(), satisfied);
}

}  // namespace haneul::aws::policy
