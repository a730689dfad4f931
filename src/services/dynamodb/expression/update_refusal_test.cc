// UpdateExpressions that are refused before any item is looked at, in DynamoDB's words.
#include <gtest/gtest.h>

#include "services/dynamodb/expression/expression_testing.h"
#include "services/dynamodb/expression/modification.h"

namespace haneul::dynamodb {
namespace {

std::string refused(std::string_view expression, std::string_view names = "", std::string_view values = "") {
  return refusal_of([&] {
    Placeholders placeholders = placeholders_of(names, values);
    parse_update(expression, placeholders);
  });
}

// The token where reading stops, and the text around it.
TEST(UpdateRefusal, TellsWhereTheSyntaxIsWrong) {
  for (const auto& [expression, message] : std::vector<std::pair<std::string, std::string>>{
           {"", "The expression can not be empty;"},
           {"INVALID SYNTAX HERE", R"(Syntax error; token: "INVALID", near: "INVALID SYNTAX")"},
           {"SET path = VALUE 1", R"(Syntax error; token: "1", near: "VALUE 1")"},
           {"SET _123 = :v", R"(Syntax error; token: "_", near: "SET _123")"},
           {"SET a = :v,", R"(Syntax error; token: "<EOF>", near: ",")"},
           {"set a", R"(Syntax error; token: "<EOF>", near: "a")"},
           {"SET :a = :b", R"(Syntax error; token: ":a", near: "SET :a =")"},
           {"SET a = :v1 + :v2 + :v3", R"(Syntax error; token: "+", near: ":v2 + :v3")"}}) {
    EXPECT_EQ(refused(expression), "Invalid UpdateExpression: " + message) << expression;
  }
}

// Each is a syntax error somewhere; taken from what DynamoDB is known to refuse.
TEST(UpdateRefusal, RefusesWhatIsNoUpdate) {
  for (const char* expression : {"whatever",
                                 "add a",
                                 "delete a",
                                 "set a=set",
                                 "remove a = b",
                                 "add a = b",
                                 "delete a = b",
                                 "delete a b",
                                 "delete a if_not_exist(b)",
                                 "add abort b",
                                 "remove a b",
                                 "set a b",
                                 "add :a b",
                                 "remove :a",
                                 "set a = b / c",
                                 "set a = b * c",
                                 "set a[1] = \"eight\"",
                                 "set a[1] = 1",
                                 "SET a = if_not_exists(a, 100)",
                                 "SET if_not_exists(a, b) = a",
                                 "set (a = (b + c))",
                                 "set a = (b.c).d + e",
                                 "set a = (b.c)[0] + e",
                                 "set a = b + c + d",
                                 "SET a = if_not_exists(c, :v1+:v2)",
                                 "SET a[:xyz] = :v",
                                 "SET a[#xyz] = :v",
                                 "SET hi-there = :v",
                                 "SET \"hithere\" = :v",
                                 "SET # = :v",
                                 "SET a = :",
                                 "SET a = (b + c) + d",
                                 "SET",
                                 "SET a = :v SET",
                                 "REMOVE",
                                 "HELLO b = :v"}) {
    EXPECT_EQ(refused(expression).find("Invalid UpdateExpression: Syntax error; token: "), 0U) << expression;
  }
}

// Judged in this order: words and functions, sections, names, values, paths, types.
TEST(UpdateRefusal, RefusesInDynamoDbsOrder) {
  const std::string names = R"({"#c": "c", "#d": "[3]"})";
  const std::string overlap =
      "Two document paths overlap with each other; must remove or rewrite one of these paths; ";
  const std::string conflict =
      "Two document paths conflict with each other; must remove or rewrite one of these paths; ";
  for (const auto& [expression, message] : std::vector<std::pair<std::string, std::string>>{
           {" set #z = :c set abOrt = true ",
            "Attribute name is a reserved keyword; reserved keyword: abOrt"},
           {" remove Absolute ", "Attribute name is a reserved keyword; reserved keyword: Absolute"},
           {"set #z = if_not_exist(:c) set c = d", "Invalid function name; function: if_not_exist"},
           {"set a = LIST_APPEND(b, c)", "Invalid function name; function: LIST_APPEND"},
           {"set a = size(b)", "The function is not allowed in an update expression; function: size"},
           {"set a = list_append(list_append(b, c), d)",
            "The function is not allowed to be used this way in an expression; function: list_append"},
           {"set a = #z set c = :d", R"(The "SET" section can only be used once in an update expression;)"},
           {"remove #z set a = b remove e",
            R"(The "REMOVE" section can only be used once in an update expression;)"},
           {"add #z :e set a = b add e :f",
            R"(The "ADD" section can only be used once in an update expression;)"},
           {"SET #z = #y",
            "An expression attribute name used in the document path is not defined; attribute name: #z"},
           {"SET #z = if_not_exists(:c)",
            "An expression attribute name used in the document path is not defined; attribute name: #z"},
           {"SET #c = if_not_exists(:c)",
            "An expression attribute value used in expression is not defined; attribute value: :c"},
           {"set d[1] = a, d.b = a, c[1].a = a, #c = if_not_exists(a)",
            overlap + "path one: [c, [1], a], path two: [c]"},
           {"set c.b.#c = a, c = a, #d = a", overlap + "path one: [c, b, c], path two: [c]"},
           {"set a = b remove a, #c, #d", overlap + "path one: [a], path two: [a]"},
           {"set #c[3].#d = a, #c[3] = a", overlap + "path one: [c, [3], [3]], path two: [c, [3]]"},
           {"remove c, #c.a, #d", overlap + "path one: [c], path two: [c, a]"},
           {"set #c[3].#d = a, #c.#d[3] = if_not_exists(a)",
            conflict + "path one: [c, [3], [3]], path two: [c, [3], [3]]"},
           {"remove a.#c set a[1] = #d", conflict + "path one: [a, c], path two: [a, [1]]"},
           {"set a = if_not_exists(c)",
            "Incorrect number of operands for operator or function; operator or function: "
            "if_not_exists, number of operands: 1"},
           {"set a = if_not_exists(if_not_exists(a, b), c)",
            "Operator or function requires a document path; operator or function: if_not_exists"},
           {"set a = list_append(b, c, d)",
            "Incorrect number of operands for operator or function; operator or "
            "function: list_append, number of operands: 3"}}) {
    EXPECT_EQ(refused(expression, names), "Invalid UpdateExpression: " + message) << expression;
  }
}

// A type that an action or function can never take is refused as far as it is known without an item.
TEST(UpdateRefusal, RefusesTypes) {
  const std::string values = R"({":s": {"S": "a"}, ":n": {"N": "1"}, ":b": {"B": "a"}, ":t": {"BOOL": true},
    ":z": {"NULL": true}, ":ss": {"SS": ["a"]}, ":ns": {"NS": ["1"]}, ":m": {"M": {}}, ":l": {"L": []}})";
  const std::string wrong = "Invalid UpdateExpression: Incorrect operand type for operator or function; ";
  for (const auto& [expression, message] : std::vector<std::pair<std::string, std::string>>{
           {"set b = list_append(:s, a), c = if_not_exists(a) add a.b :s",
            "operator: ADD, operand type: STRING, typeSet: ALLOWED_FOR_ADD_OPERAND"},
           {"delete a.b :n", "operator: DELETE, operand type: NUMBER, typeSet: ALLOWED_FOR_DELETE_OPERAND"},
           {"add a :z", "operator: ADD, operand type: NULL, typeSet: ALLOWED_FOR_ADD_OPERAND"},
           {"add a :t", "operator: ADD, operand type: BOOLEAN, typeSet: ALLOWED_FOR_ADD_OPERAND"},
           {"add a :l", "operator: ADD, operand type: LIST, typeSet: ALLOWED_FOR_ADD_OPERAND"},
           {"delete a :m", "operator: DELETE, operand type: MAP, typeSet: ALLOWED_FOR_DELETE_OPERAND"},
           {"set a = list_append(:s, a)", "operator or function: list_append, operand type: S"},
           {"set a = list_append(a, :n)", "operator or function: list_append, operand type: N"},
           {"set a = a + :s", "operator or function: +, operand type: S"},
           {"set a = :s - :b", "operator or function: -, operand type: S"},
           {"set a = a - :l", "operator or function: -, operand type: L"},
           {"set a = :ss + a", "operator or function: +, operand type: SS"}}) {
    EXPECT_EQ(refused(expression, "", values), wrong + message) << expression;
  }
  EXPECT_EQ(refused("set a = if_not_exists(:n, c)", "", values),
            "Invalid UpdateExpression: Operator or function requires a document path; operator or function: "
            "if_not_exists");
}

}  // namespace
}  // namespace haneul::dynamodb
