// Projections: what of an item is answered, and what is refused.
#include "services/dynamodb/expression/selection.h"

#include <gtest/gtest.h>

#include "services/dynamodb/expression/expression_testing.h"

namespace haneul::dynamodb {
namespace {

constexpr std::string_view kItem =
    R"({"a": {"S": "x"}, "m": {"M": {"p": {"N": "1"}, "q": {"M": {"r": {"N": "2"},
  "s": {"N": "3"}}}, "l": {"L": [{"N": "0"}, {"M": {"k": {"N": "1"}, "j": {"N": "2"}}}, {"N": "2"}]}}},
  "l": {"L": [{"S": "0"}, {"S": "1"}, {"L": [{"S": "20"}, {"S": "21"}]}, {"S": "3"}]},
  "m.p": {"BOOL": true}})";

Attributes projected(std::string_view expression, std::string_view names = "") {
  Placeholders placeholders = placeholders_of(names, "");
  return parse_projection(expression, placeholders).apply(item_of(kItem));
}

// Of maps the named members, of lists the named elements in their order and without gaps.
TEST(Selection, KeepsTheItemsStructure) {
  EXPECT_EQ(projected("a, gone"), item_of(R"({"a": {"S": "x"}})"));
  EXPECT_EQ(projected("m.q.r, m.p"),
            item_of(R"({"m": {"M": {"p": {"N": "1"}, "q": {"M": {"r": {"N": "2"}}}}}})"));
  EXPECT_EQ(projected("l[3], l[0], l[17]"), item_of(R"({"l": {"L": [{"S": "0"}, {"S": "3"}]}})"));
  EXPECT_EQ(projected("l[2][1], l[0]"), item_of(R"({"l": {"L": [{"S": "0"}, {"L": [{"S": "21"}]}]}})"));
  EXPECT_EQ(
      projected("m.l[1].j, m.l[2], a"),
      item_of(R"({"a": {"S": "x"}, "m": {"M": {"l": {"L": [{"M": {"j": {"N": "2"}}}, {"N": "2"}]}}}})"));
  EXPECT_EQ(projected("#n, #m.#p", R"({"#n": "m.p", "#m": "m", "#p": "p"})"),
            item_of(R"({"m.p": {"BOOL": true}, "m": {"M": {"p": {"N": "1"}}}})"));
  EXPECT_EQ(projected("m"), item_of(std::string(R"({"m": )") +
                                    R"({"M": {"p": {"N": "1"}, "q": {"M": {"r": {"N": "2"}, "s": {"N": "3"}}},
    "l": {"L": [{"N": "0"}, {"M": {"k": {"N": "1"}, "j": {"N": "2"}}}, {"N": "2"}]}}}})"));
}

// Paths that lead nowhere leave nothing behind, not even the map that they would be in.
TEST(Selection, LeavesOutWhatIsNotThere) {
  EXPECT_EQ(projected("a.b, m[0], l.x, gone.x"), Attributes());
  EXPECT_EQ(projected("a[0], m.q.z, gone[1], l[9]"), Attributes());
  EXPECT_TRUE(Selection().everything());
  EXPECT_EQ(Selection().apply(item_of(kItem)), item_of(kItem));
}

// Access to attributes is decided by these.
TEST(Selection, TellsItsAttributes) {
  Placeholders placeholders = placeholders_of("", "");
  const Selection selection = parse_projection("a.b, c, a.d[2]", placeholders);
  EXPECT_EQ(selection.attributes(), (std::set<std::string>{"a", "c"}));
  EXPECT_EQ(selection.entered(), (std::set<std::string>{"a"}));
}

// Sentences that clients match.
TEST(Selection, RefusesAsDynamoDbDoes) {
  const auto refused = [](std::string_view expression) {
    return refusal_of([&] { projected(expression, R"({"#a": "a"})"); });
  };
  for (const auto& [expression, message] : std::vector<std::pair<std::string, std::string>>{
           {"", "The expression can not be empty;"},
           {"!!", R"(Syntax error; token: "!", near: "!!")"},
           {"a,", R"(Syntax error; token: "<EOF>", near: ",")"},
           {"a b", R"(Syntax error; token: "b", near: "a b")"},
           {"a..b", R"(Syntax error; token: ".", near: "..b")"},
           {":a", R"(Syntax error; token: ":a", near: ":a")"},
           {"(a)", R"(Syntax error; token: "(", near: "(a")"},
           {"size(a)", R"(Syntax error; token: "(", near: "size(a")"},
           {"a, name", "Attribute name is a reserved keyword; reserved keyword: name"},
           {"a, #b",
            "An expression attribute name used in the document path is not defined; attribute name: #b"},
           {"a.b, c, #a",
            "Two document paths overlap with each other; must remove or rewrite one of these paths; path "
            "one: [a, b], path two: [a]"},
           {"a.b, a[1]",
            "Two document paths conflict with each other; must remove or rewrite one of these paths; path "
            "one: [a, b], path two: [a, [1]]"}}) {
    EXPECT_EQ(refused(expression), "Invalid ProjectionExpression: " + message) << expression;
  }
  EXPECT_EQ(refused(std::string(4096, 'x')), "");
  EXPECT_NE(refused(std::string(4097, 'x')), "");
}

}  // namespace
}  // namespace haneul::dynamodb
