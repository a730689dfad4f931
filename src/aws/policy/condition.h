// Condition: one operator over one key of a policy statement. IAM User Guide, "IAM JSON policy elements:
// Condition operators" and "Multivalued context keys". All operators, ...IfExists, ForAllValues:,
// ForAnyValue: and Null.
//
// A key that the request does not have: positive operators are false, negated ones true, IfExists true,
// ForAllValues true, ForAnyValue false. A negated operator with several values is true when the key matches
// none of them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/policy/context.h"
#include "aws/policy/pattern.h"

namespace haneul::aws::policy {

struct Operator {
  enum class Type {
    kString,
    kStringIgnoreCase,
    kStringLike,
    kNumeric,
    kDate,
    kBool,
    kBinary,
    kIp,
    kArn,
    kNull
  };
  enum class Compare { kEquals, kLess, kLessOrEquals, kGreater, kGreaterOrEquals };
  enum class Set { kNone, kForAll, kForAny };
  Type type = Type::kString;
  Compare compare = Compare::kEquals;
  Set set = Set::kNone;
  bool negated = false;
  bool if_exists = false;
};
std::optional<Operator> parse_operator(std::string_view name);  // "ForAnyValue:StringLikeIfExists"

class Condition {
 public:
  Condition(const Operator& op, std::string key, const std::vector<std::string>& values,
            PatternRules::Variables variables);
  bool holds(const Context& context) const;
  const std::string& key() const { return key_; }
  const Operator& op() const { return operator_; }
  void append_variable_names(std::vector<std::string_view>& out) const;

 private:
  bool value_matches(std::string_view value,
                     const Context& context) const;  // one of the policy's values, un-negated

  Operator operator_;
  std::string key_;
  std::vector<Pattern> values_;
};

}  // namespace haneul::aws::policy
