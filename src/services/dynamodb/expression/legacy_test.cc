// The parameters from before expressions: old clients still send them, and match their sentences.
#include "services/dynamodb/expression/legacy.h"

#include <gtest/gtest.h>

#include "services/dynamodb/expression/expression_testing.h"

namespace haneul::dynamodb {
namespace {

constexpr std::string_view kItem = R"({"s": {"S": "hello"}, "n": {"N": "5"}, "ss": {"SS": ["a", "b"]},
  "l": {"L": [{"N": "1"}, {"S": "x"}]}, "b": {"B": "hi"}, "t": {"BOOL": true}})";

std::vector<Document> wires(const std::vector<std::string>& values) {
  std::vector<Document> out;
  for (const std::string& value : values) out.push_back(wire_of(parse_json(value)));
  return out;
}

Condition condition(std::string comparison, const std::vector<std::string>& values) {
  return {.attribute_value_list = wires(values), .comparison_operator = std::move(comparison)};
}

bool filtered(const std::string& attribute, std::string comparison, const std::vector<std::string>& values) {
  return condition_of_filter({{attribute, condition(std::move(comparison), values)}}, {})
      .matches(item_of(kItem));
}

// All thirteen operators, each with an item that satisfies it and one that does not.
TEST(Legacy, ComparesAsItsOperatorsSay) {
  const std::string hello = R"({"S": "hello"})", ell = R"({"S": "ell"})", five = R"({"N": "5.0"})",
                    six = R"({"N": "6"})", a = R"({"S": "a"})", one = R"({"N": "1"})";
  for (const auto& [attribute, comparison, values] :
       std::vector<std::tuple<std::string, std::string, std::vector<std::string>>>{
           {"s", "EQ", {hello}},
           {"n", "EQ", {five}},
           {"ss", "EQ", {R"({"SS": ["b", "a"]})"}},
           {"l", "EQ", {R"({"L": [{"N": "1"}, {"S": "x"}]})"}},
           {"s", "NE", {five}},
           {"gone", "NE", {five}},
           {"n", "LE", {five}},
           {"n", "LT", {six}},
           {"n", "GE", {five}},
           {"n", "GT", {one}},
           {"n", "BETWEEN", {one, five}},
           {"n", "IN", {one, five}},
           {"n", "NOT_NULL", {}},
           {"gone", "NULL", {}},
           {"s", "CONTAINS", {ell}},
           {"ss", "CONTAINS", {a}},
           {"l", "CONTAINS", {one}},
           {"s", "NOT_CONTAINS", {a}},
           {"n", "NOT_CONTAINS", {a}},
           {"s", "BEGINS_WITH", {R"({"S": "he"})"}},
           {"b", "BEGINS_WITH", {R"({"B": "h"})"}}}) {
    EXPECT_TRUE(filtered(attribute, comparison, values)) << attribute << " " << comparison;
  }
  for (const auto& [attribute, comparison, values] :
       std::vector<std::tuple<std::string, std::string, std::vector<std::string>>>{
           {"gone", "EQ", {hello}},
           {"s", "EQ", {five}},
           {"n", "NE", {five}},
           {"n", "LT", {five}},
           {"s", "LT", {six}},
           {"gone", "GE", {one}},
           {"n", "BETWEEN", {six, six}},
           {"gone", "IN", {one}},
           {"gone", "NOT_NULL", {}},
           {"n", "NULL", {}},
           {"gone", "CONTAINS", {ell}},
           {"gone", "NOT_CONTAINS", {ell}},
           {"s", "NOT_CONTAINS", {ell}},
           {"s", "BEGINS_WITH", {R"({"S": "el"})"}},
           {"s", "BEGINS_WITH", {R"({"B": "he"})"}}}) {
    EXPECT_FALSE(filtered(attribute, comparison, values)) << attribute << " " << comparison;
  }
}

// One of the conditions or all of them.
TEST(Legacy, JoinsConditions) {
  const std::map<std::string, Condition> two = {{"n", condition("GT", {R"({"N": "9"})"})},
                                                {"s", condition("NOT_NULL", {})}};
  EXPECT_FALSE(condition_of_filter(two, {}).matches(item_of(kItem)));
  EXPECT_FALSE(condition_of_filter(two, "AND").matches(item_of(kItem)));
  EXPECT_TRUE(condition_of_filter(two, "OR").matches(item_of(kItem)));
  EXPECT_TRUE(condition_of_filter({}, "OR").matches(item_of(kItem)));
}

// The number and the types of values are told in their own sentences.
TEST(Legacy, RefusesConditions) {
  const std::string invalid = "One or more parameter values were invalid: ";
  const auto refused = [](std::string comparison, const std::vector<std::string>& values) {
    return refusal_of([&] { condition_of_filter({{"a", condition(comparison, values)}}, {}); });
  };
  const std::string s = R"({"S": "b"})", n = R"({"N": "1"})", ss = R"({"SS": ["x"]})";
  EXPECT_EQ(refused("EQ", {}), invalid + "Invalid number of argument(s) for the EQ ComparisonOperator");
  EXPECT_EQ(refused("NULL", {s}), invalid + "Invalid number of argument(s) for the NULL ComparisonOperator");
  EXPECT_EQ(refused("BETWEEN", {s}),
            invalid + "Invalid number of argument(s) for the BETWEEN ComparisonOperator");
  EXPECT_EQ(refused("IN", {}), invalid + "Invalid number of argument(s) for the IN ComparisonOperator");
  EXPECT_EQ(refused("IN", {s, n}),
            invalid + "AttributeValues inside AttributeValueList must be of same type");
  EXPECT_EQ(refused("LT", {ss}), invalid + "ComparisonOperator LT is not valid for SS AttributeValue type");
  EXPECT_EQ(refused("BEGINS_WITH", {n}),
            invalid + "ComparisonOperator BEGINS_WITH is not valid for N AttributeValue type");
  EXPECT_EQ(refused("CONTAINS", {ss}),
            invalid + "ComparisonOperator CONTAINS is not valid for SS AttributeValue type");
  EXPECT_EQ(
      refused("BETWEEN", {s, R"({"S": "a"})"}),
      "The BETWEEN condition was provided a range where the lower bound is greater than the upper bound");
}

// Value and Exists, or an operator and its values, and never a mixture.
TEST(Legacy, Expects) {
  const auto holds = [](const std::string& attribute, const ExpectedAttributeValue& expected) {
    return condition_of_expected({{attribute, expected}}, {}).matches(item_of(kItem));
  };
  const Document five = parse_json(R"({"N": "5"})");
  EXPECT_TRUE(holds("n", {.value = five}));
  EXPECT_TRUE(holds("n", {.value = five, .exists = true}));
  EXPECT_FALSE(holds("gone", {.value = five}));
  EXPECT_TRUE(holds("gone", {.exists = false}));
  EXPECT_FALSE(holds("n", {.exists = false}));
  EXPECT_TRUE(holds("n", {.value = five, .comparison_operator = "GE"}));
  EXPECT_TRUE(holds("n", {.comparison_operator = "IN", .attribute_value_list = std::vector<Document>{five}}));
  EXPECT_TRUE(holds("gone", {.comparison_operator = "NULL"}));
  const std::string invalid = "One or more parameter values were invalid: ";
  const auto refused = [](const ExpectedAttributeValue& expected) {
    return refusal_of([&] { condition_of_expected({{"a", expected}}, {}); });
  };
  EXPECT_EQ(refused({}), invalid + "Value must be provided when Exists is null for Attribute: a");
  EXPECT_EQ(refused({.exists = true}),
            invalid + "Value must be provided when Exists is true for Attribute: a");
  EXPECT_EQ(refused({.value = five, .exists = false}),
            invalid + "Value cannot be used when Exists is false for Attribute: a");
  EXPECT_EQ(refused({.value = five, .attribute_value_list = std::vector<Document>{five}}),
            invalid + "Value and AttributeValueList cannot be used together for Attribute: a");
  EXPECT_EQ(refused({.exists = true, .comparison_operator = "EQ"}),
            invalid + "Exists and ComparisonOperator cannot be used together for Attribute: a");
  EXPECT_EQ(
      refused({.comparison_operator = "EQ"}),
      invalid + "Value or AttributeValueList must be used with ComparisonOperator: EQ for Attribute: a");
  EXPECT_EQ(refused({.attribute_value_list = std::vector<Document>{five}}),
            invalid + "AttributeValueList can only be used with a ComparisonOperator for Attribute: a");
}

// Queries of old clients end at the same keys as expressions.
TEST(Legacy, ReadsKeyConditions) {
  const KeyNames keys{.hash = "h", .range = "r"};
  const std::string s = R"({"S": "b"})", n = R"({"N": "1"})", two = R"({"N": "2"})";
  const KeyCondition found =
      key_condition_of({{"h", condition("EQ", {s})}, {"r", condition("BETWEEN", {n, two})}}, keys);
  EXPECT_EQ(found.hash, Value("b"));
  EXPECT_EQ(found.range->kind, RangeCondition::Kind::kBetween);
  EXPECT_EQ(found.range->upper, Value(Number(2)));
  const auto refused = [&](const std::map<std::string, Condition>& conditions) {
    return refusal_of([&] { key_condition_of(conditions, keys); });
  };
  EXPECT_EQ(refused({}), "Conditions can be of length 1 or 2 only");
  EXPECT_EQ(refused({{"r", condition("EQ", {n})}}), "Query condition missed key schema element: h");
  EXPECT_EQ(refused({{"h", condition("EQ", {s})}, {"x", condition("EQ", {s})}}),
            "Query condition missed key schema element: r");
  EXPECT_EQ(refused({{"h", condition("LT", {s})}}), "Query key condition not supported");
  EXPECT_EQ(refused({{"h", condition("NE", {s})}}),
            "Attempted conditional constraint is not an indexable operation");
  EXPECT_EQ(refused({{"h", condition("EQ", {s})}, {"r", condition("NOT_NULL", {})}}),
            "Attempted conditional constraint is not an indexable operation");
}

AttributeValueUpdate update(std::optional<std::string> action, std::string_view value) {
  AttributeValueUpdate out{.value = {}, .action = std::move(action)};
  if (!value.empty()) out.value = wire_of(parse_json(value));
  return out;
}

// PUT, ADD and DELETE of every kind in one request; ADD takes lists too, other than in expressions.
TEST(Legacy, Updates) {
  Attributes item = item_of(kItem);
  update_of_legacy({{"s", update({}, R"({"S": "new"})")},
                    {"n", update("ADD", R"({"N": "-1"})")},
                    {"ss", update("DELETE", R"({"SS": ["a", "b"]})")},
                    {"l", update("ADD", R"({"L": [{"S": "y"}]})")},
                    {"b", update("DELETE", "")},
                    {"t", update("PUT", R"({"NULL": true})")},
                    {"made", update("ADD", R"({"N": "3"})")},
                    {"gone", update("DELETE", R"({"NS": ["1"]})")}})
      .apply(item);
  EXPECT_EQ(item,
            item_of(R"({"s": {"S": "new"}, "n": {"N": "4"}, "l": {"L": [{"N": "1"}, {"S": "x"}, {"S": "y"}]},
    "t": {"NULL": true}, "made": {"N": "3"}})"));
}

// Actions without what they need, and types that do not match.
TEST(Legacy, RefusesUpdates) {
  const std::string invalid = "One or more parameter values were invalid: ";
  const auto refused = [](const std::string& attribute, const AttributeValueUpdate& update) {
    Attributes item = item_of(kItem);
    return refusal_of([&] { update_of_legacy({{attribute, update}}).apply(item); });
  };
  EXPECT_EQ(refused("a", update("PUT", "")),
            invalid + "Only DELETE action is allowed when no attribute value is specified");
  EXPECT_EQ(refused("a", update({}, "")),
            invalid + "Only DELETE action is allowed when no attribute value is specified");
  EXPECT_EQ(refused("a", update("ADD", R"({"S": "x"})")),
            invalid + "ADD action is not supported for the type S");
  EXPECT_EQ(refused("a", update("DELETE", R"({"N": "1"})")),
            invalid + "DELETE action with value is not supported for the type N");
  EXPECT_EQ(refused("s", update("ADD", R"({"N": "1"})")), "Type mismatch for attribute to update");
  EXPECT_EQ(refused("ss", update("DELETE", R"({"NS": ["1"]})")), "Type mismatch for attribute to update");
}

// Names are whole attributes, dots and all; twice the same one is refused.
TEST(Legacy, Projects) {
  EXPECT_EQ(projection_of({"n", "gone", "a.b"}).apply(item_of(kItem)), item_of(R"({"n": {"N": "5"}})"));
  EXPECT_EQ(refusal_of([] { projection_of({"a", "b", "a"}); }),
            "One or more parameter values were invalid: Duplicate value in attribute name: a");
}

}  // namespace
}  // namespace haneul::dynamodb
