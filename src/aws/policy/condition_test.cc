#include "aws/policy/condition.h"

#include <gtest/gtest.h>

namespace haneul::aws::policy {
namespace {

using Values = Context::Values;

bool holds(std::string_view op, const Values& wanted, std::optional<Values> actual) {
  Context context;
  if (actual) context.set_all("Aws:Key", *std::move(actual));
  context.set("aws:username", "ann");
  const auto parsed = parse_operator(op);
  EXPECT_TRUE(parsed) << op;
  return Condition(*parsed, "aws:KEY", wanted, PatternRules::Variables::kYes).holds(context);
}

struct Row {
  std::string_view op;
  std::string wanted;
  std::string actual;
  bool positive;
};

// One row per rule of each operator; the negated twin must say the opposite of a present key.
TEST(Condition, Operators) {
  const std::pair<Row, std::string_view> rows[] = {
      {{"StringEquals", "a", "a", true}, "StringNotEquals"},
      {{"StringEquals", "a", "A", false}, "StringNotEquals"},
      {{"StringEquals", "a*", "ab", false}, "StringNotEquals"},
      {{"StringEquals", "${aws:username}", "ann", true}, "StringNotEquals"},
      {{"StringEqualsIgnoreCase", "aB", "Ab", true}, "StringNotEqualsIgnoreCase"},
      {{"StringLike", "a*c?", "abbbcd", true}, "StringNotLike"},
      {{"StringLike", "home/${aws:username}/*", "home/ann/x", true}, "StringNotLike"},
      {{"StringLike", "home/${aws:username}/*", "home/bob/x", false}, "StringNotLike"},
      {{"NumericEquals", "10", "10.0", true}, "NumericNotEquals"},
      {{"NumericEquals", "10", "ten", false}, "NumericNotEquals"},
      {{"NumericLessThan", "10", "9.5", true}, ""},
      {{"NumericLessThan", "10", "10", false}, ""},
      {{"NumericLessThanEquals", "10", "10", true}, ""},
      {{"NumericGreaterThan", "-1", "0", true}, ""},
      {{"NumericGreaterThanEquals", "3", "2", false}, ""},
      {{"DateEquals", "2020-04-01T00:00:00Z", "1585699200", true}, "DateNotEquals"},
      {{"DateGreaterThan", "2020-04-01", "2020-04-01T00:00:01Z", true}, ""},
      {{"DateLessThan", "2020-04-01T00:00:00Z", "2020-04-01T00:00:00Z", false}, ""},
      {{"DateLessThanEquals", "2020-04-01T00:00Z", "2020-04-01T00:00:00Z", true}, ""},
      {{"Bool", "true", "TRUE", true}, ""},
      {{"Bool", "true", "false", false}, ""},
      {{"BinaryEquals", "QUJD", "QUJD", true}, ""},
      {{"BinaryEquals", "QUJD", "QUJE", false}, ""},
      {{"IpAddress", "203.0.113.0/24", "203.0.113.77", true}, "NotIpAddress"},
      {{"IpAddress", "203.0.113.0/25", "203.0.113.200", false}, "NotIpAddress"},
      {{"IpAddress", "203.0.113.7", "203.0.113.7", true}, "NotIpAddress"},
      {{"IpAddress", "203.0.113.7", "::ffff:203.0.113.7", true}, "NotIpAddress"},
      {{"IpAddress", "2001:db8::/33", "2001:db8:7fff::1", true}, "NotIpAddress"},
      {{"IpAddress", "2001:db8::/33", "2001:db8:8000::1", false}, "NotIpAddress"},
      {{"IpAddress", "0.0.0.0/0", "2001:db8::1", false}, "NotIpAddress"},
      {{"ArnEquals", "arn:aws:sns:*:*:t*", "arn:aws:sns:eu-west-1:123456789012:topic", true}, "ArnNotEquals"},
      {{"ArnLike", "arn:aws:sns:*:t", "arn:aws:sns:eu-west-1:123456789012:t", false}, "ArnNotLike"},
      {{"ArnLike", "arn:aws:s3:::b/${aws:username}", "arn:aws:s3:::b/ann", true}, "ArnNotLike"},
      {{"ArnLike", "arn:aws:s3:::*", "not an arn", false}, "ArnNotLike"},
  };
  for (const auto& [row, negated] : rows) {
    EXPECT_EQ(holds(row.op, {row.wanted}, Values{row.actual}), row.positive) << row.op << " " << row.wanted;
    if (!negated.empty()) {
      EXPECT_EQ(holds(negated, {row.wanted}, Values{row.actual}), !row.positive)
          << negated << " " << row.wanted;
    }
  }
}

// Several values of the policy: a positive operator wants one of them, a negated one none of them.
TEST(Condition, SeveralPolicyValues) {
  EXPECT_TRUE(holds("StringEquals", {"a", "b"}, Values{"b"}));
  EXPECT_FALSE(holds("StringNotEquals", {"a", "b"}, Values{"b"}));
  EXPECT_TRUE(holds("StringNotEquals", {"a", "b"}, Values{"c"}));
  EXPECT_FALSE(holds("StringEquals", {}, Values{"a"}));
  EXPECT_TRUE(holds("StringNotEquals", {}, Values{"a"}));
}

// An absent key decides by the kind of the operator, not by accident.
TEST(Condition, AbsentKeys) {
  EXPECT_FALSE(holds("StringEquals", {"a"}, std::nullopt));
  EXPECT_TRUE(holds("StringNotEquals", {"a"}, std::nullopt));
  EXPECT_TRUE(holds("NotIpAddress", {"10.0.0.0/8"}, std::nullopt));
  EXPECT_TRUE(holds("StringEqualsIfExists", {"a"}, std::nullopt));
  EXPECT_FALSE(holds("StringEqualsIfExists", {"a"}, Values{"b"}));
  EXPECT_TRUE(holds("Null", {"true"}, std::nullopt));
  EXPECT_FALSE(holds("Null", {"false"}, std::nullopt));
  EXPECT_TRUE(holds("Null", {"false"}, Values{"x"}));
  EXPECT_TRUE(holds("Null", {"true"}, Values{}));
  EXPECT_FALSE(holds("Bool", {"false"}, std::nullopt));
}

// Keys with several values, and the empty set: true for all, false for any.
TEST(Condition, SetOperators) {
  EXPECT_TRUE(holds("ForAllValues:StringEquals", {"a", "b"}, Values{"a", "b"}));
  EXPECT_FALSE(holds("ForAllValues:StringEquals", {"a", "b"}, Values{"a", "c"}));
  EXPECT_TRUE(holds("ForAllValues:StringEquals", {"a"}, std::nullopt));
  EXPECT_TRUE(holds("ForAllValues:StringEquals", {"a"}, Values{}));
  EXPECT_TRUE(holds("ForAnyValue:StringEquals", {"a", "b"}, Values{"c", "b"}));
  EXPECT_FALSE(holds("ForAnyValue:StringEquals", {"a"}, Values{"c", "d"}));
  EXPECT_FALSE(holds("ForAnyValue:StringEquals", {"a"}, std::nullopt));
  EXPECT_FALSE(holds("ForAnyValue:StringNotEquals", {"a"}, std::nullopt));
  EXPECT_TRUE(holds("ForAnyValue:StringEqualsIfExists", {"a"}, std::nullopt));
  EXPECT_TRUE(holds("ForAllValues:StringNotEquals", {"a"}, Values{"b", "c"}));
  EXPECT_FALSE(holds("ForAllValues:StringNotEquals", {"a"}, Values{"a", "c"}));
  EXPECT_TRUE(holds("ForAnyValue:StringNotEquals", {"a"}, Values{"a", "c"}));
  EXPECT_FALSE(holds("ForAnyValue:StringNotEquals", {"a"}, Values{"a"}));
}

}  // namespace
}  // namespace haneul::aws::policy
