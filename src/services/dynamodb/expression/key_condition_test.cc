// Key conditions: what a Query reads, and DynamoDB's refusals of what no index can answer.
#include "services/dynamodb/expression/key_condition.h"

#include <gtest/gtest.h>

#include "services/dynamodb/expression/expression_testing.h"

namespace haneul::dynamodb {
namespace {

using Kind = RangeCondition::Kind;

constexpr std::string_view kValues =
    R"({":p": {"S": "q"}, ":n": {"N": "1"}, ":m": {"N": "5"}, ":s": {"S": "a"}, ":t": {"BOOL": true}})";
const KeyNames kKeys{.hash = "pk", .range = "sk"};

KeyCondition parsed(std::string_view expression, const KeyNames& keys = kKeys) {
  Placeholders placeholders = placeholders_of(R"({"#p": "pk", "#s": "sk"})", kValues);
  return parse_key_condition(expression, keys, placeholders);
}

std::string refused(std::string_view expression, const KeyNames& keys = kKeys) {
  return refusal_of([&] { parsed(expression, keys); });
}

// Either order, names by placeholder, parentheses, the value first: all of it is one condition per key.
TEST(KeyCondition, TakesEqualityAndARange) {
  EXPECT_EQ(parsed("pk = :p").hash, Value("q"));
  EXPECT_FALSE(parsed("pk = :p").range);
  for (const auto& [expression, kind] :
       std::vector<std::pair<std::string, Kind>>{{"pk = :p AND sk = :n", Kind::kEqual},
                                                 {"sk < :n and #p = :p", Kind::kLess},
                                                 {"((#s<=:n) AND (pk=:p))", Kind::kLessOrEqual},
                                                 {":p = pk AND sk > :n", Kind::kGreater},
                                                 {"pk = :p AND :n <= sk", Kind::kGreaterOrEqual},
                                                 {"pk = :p AND :n > sk", Kind::kLess},
                                                 {"pk = :p AND :n >= sk", Kind::kLessOrEqual},
                                                 {"pk = :p AND :n < sk", Kind::kGreater},
                                                 {"pk = :p AND sk BETWEEN :n AND :m", Kind::kBetween},
                                                 {"begins_with(sk, :s) AND pk = :p", Kind::kBeginsWith}}) {
    const KeyCondition condition = parsed(expression);
    EXPECT_EQ(condition.hash, Value("q")) << expression;
    ASSERT_TRUE(condition.range) << expression;
    EXPECT_EQ(condition.range->kind, kind) << expression;
    const bool prefix = kind == Kind::kBeginsWith;
    EXPECT_EQ(condition.range->value, prefix ? Value("a") : Value(Number(1))) << expression;
    if (kind == Kind::kBetween) EXPECT_EQ(condition.range->upper, Value(Number(5)));
  }
  EXPECT_EQ(parsed("pk = :p", {.hash = "pk", .range = {}}).hash, Value("q"));
}

// A Query that no key answers is refused, not turned into a scan.
TEST(KeyCondition, RefusesWhatTheKeysCannotAnswer) {
  EXPECT_EQ(refused("sk = :n"), "Query condition missed key schema element: pk");
  EXPECT_EQ(refused("pk = :p AND others1 = :n"), "Query condition missed key schema element: sk");
  EXPECT_EQ(refused("pk < :p"), "Query key condition not supported");
  EXPECT_EQ(refused("begins_with(pk, :p) AND sk = :n"), "Query key condition not supported");
  EXPECT_EQ(
      refused("pk = :p AND sk > :n AND extra = :m"),
      "The number of query conditions (3) exceeds the number of key attributes defined in the schema (2)");
  EXPECT_EQ(
      refused("pk = :p AND sk > :n", {.hash = "pk", .range = {}}),
      "The number of query conditions (2) exceeds the number of key attributes defined in the schema (1)");
  EXPECT_EQ(
      refused("pk = :p AND sk > :n AND sk < :m"),
      "Invalid KeyConditionExpression: KeyConditionExpressions must only contain one condition per key");
}

// The grammar is that of all conditions, so each operator that keys do not have is told by itself.
TEST(KeyCondition, RefusesOperatorsAndShapes) {
  const std::string op = "Invalid operator used in KeyConditionExpression: ";
  const std::string condition = "Invalid condition in KeyConditionExpression: ";
  const std::string invalid = "Invalid KeyConditionExpression: ";
  const std::string nested = invalid + "KeyConditionExpressions cannot have conditions on nested attributes";
  for (const auto& [expression, message] : std::vector<std::pair<std::string, std::string>>{
           {"pk = :p and size(b) > sk or pk > sk", op + "OR"},
           {"pk in (b, size(c), d)", op + "IN"},
           {"attribute_exists(pk)", op + "attribute_exists"},
           {"attribute_not_exists(pk)", op + "attribute_not_exists"},
           {"attribute_type(pk, :s)", invalid + "Invalid attribute type name found; type: a, valid types: "
                                                "{B,NULL,SS,BOOL,L,BS,N,NS,S,M}"},
           {"contains(a.d, b)", op + "contains"},
           {"not pk > :p", op + "NOT"},
           {"pk <> :p", op + "<>"},
           {":p between size(b) and size(a) and b > :s",
            condition + "BETWEEN operator must have the key attribute as "
                        "its first operand"},
           {"begins_with(:s, b) and a > :s",
            condition + "begins_with operator must have the key attribute as its first "
                        "operand"},
           {"size(b) > a AND a.b > b AND b > c", "KeyConditionExpressions cannot contain nested operations"},
           {"a > size(b.d)", "KeyConditionExpressions cannot contain nested operations"},
           {"b > a.b", condition + "Multiple attribute names used in one condition"},
           {"begins_with(a, b)", condition + "Multiple attribute names used in one condition"},
           {"pk.d > :p", nested},
           {"b[0] > :p", nested},
           {":p > :s AND a < :s", condition + "No key attribute specified"},
           {"pk = :p AND begins_with(sk, :n)",
            invalid +
                "Incorrect operand type for operator or function; operator or function: begins_with, operand "
                "type: N"},
           {"pk = :p AND :t >= sk",
            invalid + "Incorrect operand type for operator or function; operator or function: "
                      ">=, operand type: BOOL"},
           {"begins_with(sk, :n) AND pk = :gone",
            invalid + "Incorrect operand type for operator or function; operator "
                      "or function: begins_with, operand type: N"},
           {"pk = :gone AND begins_with(sk, :n)",
            invalid +
                "An expression attribute value used in expression is not defined; attribute value: :gone"},
           {"pk", invalid + R"(Syntax error; token: "<EOF>", near: "pk")"},
           {"", invalid + "The expression can not be empty;"},
           {"((sk=:n) AND ((pk=:p)))", invalid + "The expression has redundant parentheses;"},
           {"pk = :p AND BEGINS_WITH(sk, :s)", invalid + "Invalid function name; function: BEGINS_WITH"}}) {
    EXPECT_EQ(refused(expression), message) << expression;
  }
}

}  // namespace
}  // namespace haneul::dynamodb
