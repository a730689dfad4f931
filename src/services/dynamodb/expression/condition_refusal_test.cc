// Conditions that are none: DynamoDB's sentences are what clients and their users see, so they are kept.
#include <gtest/gtest.h>

#include "services/dynamodb/expression/expression_testing.h"
#include "services/dynamodb/expression/predicate.h"

namespace haneul::dynamodb {
namespace {

struct Case {
  std::string expression;
  std::string message;
};

std::string refused(std::string_view expression, std::string_view names = "", std::string_view values = "") {
  return refusal_of([&] {
    Placeholders placeholders = placeholders_of(names, values);
    parse_condition(expression, "FilterExpression", placeholders);
  });
}

void expect(const std::vector<Case>& cases, std::string_view names = "", std::string_view values = "") {
  for (const auto& [expression, message] : cases) {
    EXPECT_EQ(refused(expression, names, values), "Invalid FilterExpression: " + message) << expression;
  }
}

// The token where reading stops, and the text around it.
TEST(ConditionRefusal, TellsWhereTheSyntaxIsWrong) {
  expect({
      {"", "The expression can not be empty;"},
      {" ", "The expression can not be empty;"},
      {"things are not gonna be ok", R"(Syntax error; token: "are", near: "things are not")"},
      {"a > 4", R"(Syntax error; token: "4", near: "> 4")"},
      {"a x b", R"(Syntax error; token: "x", near: "a x b")"},
      {"a != b", R"(Syntax error; token: "!", near: "a !=")"},
      {"!!", R"(Syntax error; token: "!", near: "!!")"},
      {"a", R"(Syntax error; token: "<EOF>", near: "a")"},
      {"a = ", R"(Syntax error; token: "<EOF>", near: "=")"},
      {"a = b AND", R"(Syntax error; token: "<EOF>", near: "AND")"},
      {"a IN ()", R"-(Syntax error; token: ")", near: "()")-"},
      {"a in b, c", R"(Syntax error; token: "b", near: "in b,")"},
      {"a > between", R"(Syntax error; token: "between", near: "> between")"},
      {"#.b > a", R"(Syntax error; token: "#", near: "#.")"},
      {"\xc3\xbc > a", "Syntax error; token: \"\xc3\xbc\", near: \"\xc3\xbc >\""},
      {"(a = b", R"(Syntax error; token: "<EOF>", near: "b")"},
      {"a = b)", R"-(Syntax error; token: ")", near: "b)")-"},
  });
}

// Each is a syntax error somewhere; taken from what DynamoDB is known to refuse.
TEST(ConditionRefusal, RefusesWhatIsNoCondition) {
  for (const char* expression : {"attribute_exists(Pictures-RearView)",
                                 "attribute_exists(\"Pictures.RearView\")",
                                 "attribute_exists(Pictures..RearView)",
                                 "attribute_exists(Pi#ctures.RearView)",
                                 "attribute_exists(asdf[a])",
                                 "a.:a < b.:b",
                                 "a in b",
                                 "a in (b,c,)",
                                 "(a)between(b.(c.d))and(c)",
                                 "(a)between(b.c.d)and((c)",
                                 "a > :things.stuff",
                                 "b[:a] > a",
                                 "b[#_] > a",
                                 "(a)between(b.c[4.5].#d)and(:a)",
                                 "size(a).b > a",
                                 "(size(a)).b > a",
                                 "size(a)[0] > a",
                                 "(size(a))[0] > a",
                                 "a AND b",
                                 "(a) AND b = c",
                                 "NOT a",
                                 "(NOT a)",
                                 "a < (b = c)",
                                 "(a = b) = c",
                                 "a = b = c",
                                 "a OR b = c",
                                 "(a OR b) = c",
                                 "a BETWEEN b",
                                 "_a = b",
                                 "a = b c",
                                 "if a = b",
                                 "a == b",
                                 "a = b && c = d",
                                 "attribute_exists()",
                                 "attribute_exists",
                                 ":v",
                                 "(:v)"}) {
    EXPECT_EQ(refused(expression).find("Invalid FilterExpression: Syntax error; token: "), 0U) << expression;
  }
}

// Two pairs around the same thing, wherever they stand.
TEST(ConditionRefusal, RefusesRedundantParentheses) {
  for (const char* expression :
       {"a=b and a > ((views))", "(a)between(((b.c)).d)and(c)", "a > whatever((:things), ((a)))",
        "a=b AND ((a=b AND a=b)) AND a=b", "a=b OR ((a=b OR a=b)) OR a=b", "((a=b))", "((a)) = b",
        "a=b AND ((a=b AND (a=b AND a=b)))"}) {
    EXPECT_EQ(refused(expression), "Invalid FilterExpression: The expression has redundant parentheses;")
        << expression;
  }
  EXPECT_EQ(refused(std::string(2046, '(') + "a<b" + std::string(2046, ')')),
            "Invalid FilterExpression: The expression has redundant parentheses;");
}

// Judged before placeholders are looked up.
TEST(ConditionRefusal, RefusesWordsAndFunctions) {
  expect({
      {"a=b and whatever((:things)) > a", "Invalid function name; function: whatever"},
      {"attRIbute_exIsts((views), #a)", "Invalid function name; function: attRIbute_exIsts"},
      {"attribute_exists(views, #a)", "Attribute name is a reserved keyword; reserved keyword: views"},
      {":a < abOrT", "Attribute name is a reserved keyword; reserved keyword: abOrT"},
      {"a.b.Name = :a", "Attribute name is a reserved keyword; reserved keyword: Name"},
      {"a = :a OR zone = :a", "Attribute name is a reserved keyword; reserved keyword: zone"},
      {"if_not_exists(a, b) = :v",
       "The function is not allowed in a condition expression; function: if_not_exists"},
      {"list_append(a, a) = :v",
       "The function is not allowed in a condition expression; function: list_append"},
      {"a[2147483648] = b", "List index is not within the allowable range; index: [2147483648]"},
      {"a[00000000001] = b", "List index is not within the allowable range; index: [00000000001]"},
      {"a[99999999999999999999] = b",
       "List index is not within the allowable range; index: [99999999999999999999]"},
  });
  const std::string misused = "The function is not allowed to be used this way in an expression; function: ";
  expect({
      {"a=a and attribute_exists((things), (#a)) > b", misused + "attribute_exists"},
      {"attribute_not_exists(things) > b", misused + "attribute_not_exists"},
      {"begins_with(things, a) > b", misused + "begins_with"},
      {"size(contains(a, b)) > a", misused + "contains"},
      {"size(things)", misused + "size"},
      {"a = b AND size(things)", misused + "size"},
      {"NOT (size(things))", misused + "size"},
      {"a between b and attribute_exists(things)", misused + "attribute_exists"},
      {"a in (b, attribute_exists(things))", misused + "attribute_exists"},
  });
}

// The first one that is not defined is told, names and values alike.
TEST(ConditionRefusal, RefusesPlaceholdersThatAreNotDefined) {
  const std::string name =
      "An expression attribute name used in the document path is not defined; attribute name: ";
  const std::string value =
      "An expression attribute value used in expression is not defined; attribute value: ";
  expect({
      {"attribute_exists(#Pictures.RearView, :a) and a=a", name + "#Pictures"},
      {"begins_with(Pictures.#RearView)", name + "#RearView"},
      {"(#P between :lo and :hi) and (#PC in (:cat1, :cat2))", name + "#P"},
      {"#4g > a", name + "#4g"},
      {"(a)between(b.c[45].#d)and(:a)", name + "#d"},
      {"begins_with(:hello, #a, #b)", value + ":hello"},
      {":a < :b", value + ":a"},
      {":_ > a", value + ":_"},
  });
}

// How many operands a function has, and that an attribute is not held against itself.
TEST(ConditionRefusal, RefusesOperands) {
  const std::string count = "Incorrect number of operands for operator or function; operator or function: ";
  expect({
      {"attribute_exists(things, a) and a=a", count + "attribute_exists, number of operands: 2"},
      {"attribute_type(things)", count + "attribute_type, number of operands: 1"},
      {"begins_with(things, size(a), b)", count + "begins_with, number of operands: 3"},
      {"contains(things)", count + "contains, number of operands: 1"},
      {"size(things, a) > b", count + "size, number of operands: 2"},
  });
  const std::string distinct =
      "The first operand must be distinct from the remaining operands for this operator or function; "
      "operator: ";
  expect({{"a = a AND #a = b AND :v > a", distinct + "=, first operand: [a]"},
          {"#a <> a", distinct + "<>, first operand: [a]"},
          {"((a=a) OR (a=a))", distinct + "=, first operand: [a]"},
          {"contains(ab.bc[1].a, ab.bc[1].#a)", distinct + "contains, first operand: [ab, bc, [1], a]"},
          {"attribute_type(ab.bc[1].#a, ab.bc[1].a)",
           distinct + "attribute_type, first operand: [ab, bc, [1], a]"}},
         R"({"#a": "a"})");
  EXPECT_EQ(refused(":a > :a", "", R"({":a": {"N": "1"}})"), "");
}

// A type that an operator can never take is refused, though only as far as it is known without an item.
TEST(ConditionRefusal, RefusesTypes) {
  const std::string type = "Incorrect operand type for operator or function; operator or function: ";
  for (const auto& [expression, function] : std::vector<std::pair<std::string, std::string>>{
           {"begins_with(a, :n)", "begins_with"},
           {"begins_with(:n, a)", "begins_with"},
           {"begins_with(a, size(b)) and a = :n", "begins_with"},
           {"attribute_type(a, :n)", "attribute_type"},
           {"attribute_type(a, size(b)) and a=b and a=:n", "attribute_type"},
           {"size(size(a)) > :n", "size"},
           {"attribute_not_exists(size(:n))", "size"}}) {
    expect({{expression, type + function + ", operand type: N"}}, "", R"({":n": {"N": "1"}})");
  }
  expect({{"a < :n", type + "<, operand type: BOOL"},
          {":n >= a", type + ">=, operand type: BOOL"},
          {"a BETWEEN :n AND b", type + "BETWEEN, operand type: BOOL"},
          {"size(:n) > a", type + "size, operand type: BOOL"}},
         "", R"({":n": {"BOOL": true}})");
  expect({{"attribute_exists(:a) and b=c",
           "Operator or function requires a document path; operator or function: "
           "attribute_exists"},
          {"attribute_type(a, :a)",
           "Invalid attribute type name found; type: DOG, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}"}},
         "", R"({":a": {"S": "DOG"}})");
  expect({{"attribute_type(ab.bc[1].a, cd)",
           type + "attribute_type, operand type: {NS,SS,L,BS,N,M,B,BOOL,NULL,S}"}});
}

// Bounds that nothing can lie between are a mistake, told when both are given by the request.
TEST(ConditionRefusal, RefusesBounds) {
  expect({{"a between :b and :a",
           "The BETWEEN operator requires same data type for lower and upper bounds; lower bound operand: "
           "AttributeValue: {N:1}, upper bound operand: AttributeValue: {S:a}"}},
         "", R"({":a": {"S": "a"}, ":b": {"N": "1"}})");
  expect({{"a between :b and :a",
           "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower "
           "bound "
           "operand: AttributeValue: {S:b}, upper bound operand: AttributeValue: {S:a}"}},
         "", R"({":a": {"S": "a"}, ":b": {"S": "b"}})");
  EXPECT_EQ(refused("a between :a and b", "", R"({":a": {"S": "z"}})"), "");
}

std::string repeated(std::string_view text, size_t times) {
  std::string out;
  for (size_t i = 0; i < times; ++i) out += text;
  return out;
}

// The quotas: 4 KB, 300 operators, 100 operands of IN, 32 steps of a path. What is just allowed is
// allowed.
TEST(ConditionRefusal, KeepsTheQuotas) {
  EXPECT_EQ(refused("a = " + std::string(4093, 'b')),
            "Invalid FilterExpression: Expression size has exceeded the maximum allowed size; expression "
            "size: 4097");
  EXPECT_EQ(refused("a = " + std::string(4092, 'b')), "");
  const auto nested = [](size_t depth) {
    return "a<b " + repeated("or (a<b ", depth) + repeated(")", depth);
  };
  EXPECT_EQ(refused(nested(149)), "");
  const std::string many =
      "Invalid FilterExpression: The expression contains too many operators; operator count: 301";
  EXPECT_EQ(refused(nested(150)), many);
  EXPECT_EQ(refused(repeated("not ", 1000) + "a<b"), many);
  EXPECT_EQ(refused("a<b" + repeated(" and a<b", 150)), many);
  EXPECT_EQ(refused("a < " + repeated("f(", 1355) + "b" + repeated(")", 1355)),
            "Invalid FilterExpression: Invalid function name; function: f");
  EXPECT_EQ(refused("a < " + repeated("size(", 680) + "b" + repeated(")", 680)), many);
  EXPECT_NE(refused(repeated("(", 4096)), "");
  EXPECT_EQ(refused("a IN (b" + repeated(",b", 99) + ")"), "");
  EXPECT_EQ(refused("a IN (b" + repeated(",b", 100) + ")"),
            "Invalid FilterExpression: The IN operator is provided with too many operands; number of "
            "operands: 101");
  EXPECT_EQ(refused("a" + repeated(".b", 31) + " = c"), "");
  EXPECT_EQ(refused("a" + repeated(".b", 32) + " = c"),
            "Invalid FilterExpression: The document path has too many nesting levels; nesting levels: 33");
}

}  // namespace
}  // namespace haneul::dynamodb
