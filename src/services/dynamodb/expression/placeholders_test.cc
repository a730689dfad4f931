// Placeholders: what a request may define, and that all of it is used.
#include "services/dynamodb/expression/placeholders.h"

#include <gtest/gtest.h>

#include "services/dynamodb/expression/expression_testing.h"
#include "services/dynamodb/expression/predicate.h"
#include "services/dynamodb/expression/selection.h"

namespace haneul::dynamodb {
namespace {

std::string refused(std::string_view names, std::string_view values) {
  return refusal_of([&] { placeholders_of(names, values); });
}

// Each mistake in the two maps has its sentence, the names first.
TEST(Placeholders, RefusesAsDynamoDbDoes) {
  const std::string value = "ExpressionAttributeValues contains invalid value: ";
  const std::string invalid = value + "One or more parameter values were invalid: ";
  EXPECT_EQ(refused("{}", ""), "ExpressionAttributeNames must not be empty");
  EXPECT_EQ(refused("", "{}"), "ExpressionAttributeValues must not be empty");
  EXPECT_EQ(refused(R"({"a": "a"})", ""),
            R"(ExpressionAttributeNames contains invalid key: Syntax error; key: "a")");
  EXPECT_EQ(refused(R"({"#": "a"})", ""),
            R"(ExpressionAttributeNames contains invalid key: Syntax error; key: "#")");
  EXPECT_EQ(refused(R"({"#a-b": "a"})", "{}"),
            R"(ExpressionAttributeNames contains invalid key: Syntax error; key: "#a-b")");
  EXPECT_EQ(refused(R"({"#a": ""})", ""),
            "ExpressionAttributeNames contains invalid value: Empty attribute name for key #a");
  EXPECT_EQ(refused("", R"({":b": {}, "b": {"S": "a"}})"),
            R"(ExpressionAttributeValues contains invalid key: Syntax error; key: "b")");
  EXPECT_EQ(
      refused("", R"({":b": {}})"),
      value +
          "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes for key :b");
  EXPECT_EQ(refused("", R"({":b": {"S": "a", "N": "1"}})"),
            value +
                "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the "
                "supported "
                "datatypes for key :b");
  EXPECT_EQ(refused("", R"({":b": {"N": "b"}})"),
            value + "The parameter cannot be converted to a numeric value: b for key :b");
  EXPECT_EQ(refused("", R"({":b": {"SS": []}})"), invalid + "An string set  may not be empty for key :b");
  EXPECT_EQ(refused("{}", R"({":_": {"N": "1"}, ":9": {"S": ""}})"),
            "ExpressionAttributeNames must not be empty");
  EXPECT_EQ(refused(R"({"#9": "1", "#_": "2"})", R"({":_": {"N": "1"}, ":9": {"S": ""}})"), "");
}

// Every one must be used by one of the request's expressions.
TEST(Placeholders, AreUsed) {
  Placeholders placeholders =
      placeholders_of(R"({"#a": "a", "#b": "b", "#c": "c"})", R"({":a": {"N": "1"}})");
  const auto unused = [&] { return refusal_of([&] { placeholders.finish(); }); };
  EXPECT_EQ(unused(), "Value provided in ExpressionAttributeNames unused in expressions: keys: {#a, #b, #c}");
  parse_projection("#a.#b", placeholders);
  EXPECT_EQ(unused(), "Value provided in ExpressionAttributeNames unused in expressions: keys: {#c}");
  parse_condition("attribute_exists(#c)", "ConditionExpression", placeholders);
  EXPECT_EQ(unused(), "Value provided in ExpressionAttributeValues unused in expressions: keys: {:a}");
  parse_condition("#c = :a", "ConditionExpression", placeholders);
  EXPECT_EQ(unused(), "");
}

}  // namespace
}  // namespace haneul::dynamodb
