// Updates: what becomes of an item, what is refused while it is applied, and that a refusal changes nothing.
#include "services/dynamodb/expression/modification.h"

#include <gtest/gtest.h>

#include "services/dynamodb/expression/expression_testing.h"

namespace haneul::dynamodb {
namespace {

constexpr std::string_view kValues = R"({
  ":n": {"N": "5"}, ":s": {"S": "new"}, ":l": {"L": [{"N": "8"}]}, ":m": {"M": {"k": {"S": "v"}}},
  ":e": {"L": []},
  ":ss": {"SS": ["Red", "Blue"]}, ":ns": {"NS": ["1", "2.0"]}, ":bs": {"BS": ["x"]}, ":max": {"N": "9E125"},
  ":tiny": {"N": "1E-30"}, ":v1": {"S": "a1"}, ":v2": {"S": "a2"}, ":v3": {"S": "a3"}, ":v4": {"S": "a4"}})";

Modification parsed(std::string_view expression, std::string_view names = "") {
  Placeholders placeholders = placeholders_of(names, kValues);
  return parse_update(expression, placeholders);
}

struct Case {
  std::string expression, before, after;
};

void expect(const std::vector<Case>& cases) {
  for (const auto& [expression, before, after] : cases) {
    Attributes item = item_of(before);
    parsed(expression).apply(item);
    EXPECT_EQ(item, item_of(after)) << expression;
  }
}

// SET of values, of copies, of sums and of functions; what is read is what stood before.
TEST(Modification, Sets) {
  expect({
      {"SET b = :n", R"({"a": {"S": "x"}})", R"({"a": {"S": "x"}, "b": {"N": "5"}})"},
      {"  set   b=:n  ", "{}", R"({"b": {"N": "5"}})"},
      {"SET a = b, b = a", R"({"a": {"S": "x"}, "b": {"N": "1"}})", R"({"a": {"N": "1"}, "b": {"S": "x"}})"},
      {"REMOVE a SET b = a", R"({"a": {"S": "x"}})", R"({"b": {"S": "x"}})"},
      {"SET c = b REMOVE b", R"({"b": {"S": "x"}})", R"({"c": {"S": "x"}})"},
      {"SET a = a + :n, b = :n - a, c = (a) + (a), d = (a - :n)", R"({"a": {"N": "0.5"}})",
       R"({"a": {"N": "5.5"}, "b": {"N": "4.5"}, "c": {"N": "1"}, "d": {"N": "-4.5"}})"},
      {"SET a = if_not_exists(a, :n), b = if_not_exists(b.c, if_not_exists(a, :n))", R"({"a": {"S": "x"}})",
       R"({"a": {"S": "x"}, "b": {"S": "x"}})"},
      {"SET a = if_not_exists(a, :n) + :n", "{}", R"({"a": {"N": "10"}})"},
      {"SET a = if_not_exists(a, gone)", R"({"a": {"S": "x"}})", R"({"a": {"S": "x"}})"},
      {"SET a = list_append(a, :l), b = list_append(:l, a), c = list_append(if_not_exists(c, :e), :l)",
       R"({"a": {"L": [{"S": "x"}]}})",
       R"({"a": {"L": [{"S": "x"}, {"N": "8"}]}, "b": {"L": [{"N": "8"}, {"S": "x"}]},
        "c": {"L": [{"N": "8"}]}})"},
      {"SET a.c = :n, a.d.e = :m REMOVE a.x, b.y", R"({"a": {"M": {"x": {"N": "3"}, "d": {"M": {}}}},
        "b": {"M": {"y": {"N": "2"}}}})",
       R"({"a": {"M": {"c": {"N": "5"}, "d": {"M": {"e": {"M": {"k": {"S": "v"}}}}}}}, "b": {"M": {}}})"},
      {"SET p.q = a", R"({"a": {"N": "38"}, "p": {"M": {}}})",
       R"({"a": {"N": "38"}, "p": {"M": {"q": {"N": "38"}}}})"},
  });
}

// Lists: elements beyond the end are appended in the order of their numbers; indexes are those before.
TEST(Modification, ChangesLists) {
  const std::string three = R"({"a": {"L": [{"N": "0"}, {"N": "1"}, {"N": "2"}]}})";
  expect({
      {"SET a[1] = :s", three, R"({"a": {"L": [{"N": "0"}, {"S": "new"}, {"N": "2"}]}})"},
      {"SET a[7] = :s", three, R"({"a": {"L": [{"N": "0"}, {"N": "1"}, {"N": "2"}, {"S": "new"}]}})"},
      {"SET a[84] = :v1, a[37] = :v2, a[17] = :v3, a[50] = :v4", R"({"a": {"L": []}})",
       R"({"a": {"L": [{"S": "a3"}, {"S": "a2"}, {"S": "a4"}, {"S": "a1"}]}})"},
      {"REMOVE a[0], a[2]", three, R"({"a": {"L": [{"N": "1"}]}})"},
      {"REMOVE a[0], a[1], a[2], a[3]", three, R"({"a": {"L": []}})"},
      {"REMOVE a[17]", three, three},
      {"REMOVE a[1] SET a[2] = :s, a[9] = :n", three,
       R"({"a": {"L": [{"N": "0"}, {"S": "new"}, {"N": "5"}]}})"},
      {"SET a[2] = :s REMOVE a[1]", three, R"({"a": {"L": [{"N": "0"}, {"S": "new"}]}})"},
      {"SET a[1] = a[0] + :n, a[0] = a[1] + :n", three,
       R"({"a": {"L": [{"N": "6"}, {"N": "5"}, {"N": "2"}]}})"},
      {"ADD a[1] :n, a[5] :n", three, R"({"a": {"L": [{"N": "0"}, {"N": "6"}, {"N": "2"}, {"N": "5"}]}})"},
      {"REMOVE a[0] SET a[1].x = :n, a[2][0] = :s, a[2][5] = :n",
       R"({"a": {"L": [{"N": "0"}, {"M": {}}, {"L": [{"N": "1"}]}]}})",
       R"({"a": {"L": [{"M": {"x": {"N": "5"}}}, {"L": [{"S": "new"}, {"N": "5"}]}]}})"},
      {"REMOVE a[0][0], a[1], a[2].x[0]", R"({"a": {"L": [{"L": [{"N": "1"}, {"N": "2"}]}, {"N": "3"},
        {"M": {"x": {"L": [{"N": "4"}, {"N": "5"}]}}}]}})",
       R"({"a": {"L": [{"L": [{"N": "2"}]}, {"M": {"x": {"L": [{"N": "5"}]}}}]}})"},
      {"DELETE a[0] :ss", R"({"a": {"L": [{"SS": ["Red"]}, {"N": "1"}]}})", R"({"a": {"L": [{"N": "1"}]}})"},
  });
}

// ADD starts at zero or at the set; DELETE that empties a set removes the attribute.
TEST(Modification, AddsAndDeletes) {
  expect({
      {"ADD a :n", R"({"a": {"N": "-5.25"}})", R"({"a": {"N": "-0.25"}})"},
      {"ADD a :n, b.c :n", R"({"b": {"M": {}}})", R"({"a": {"N": "5"}, "b": {"M": {"c": {"N": "5"}}}})"},
      {"ADD a :ss", R"({"a": {"SS": ["Green", "Red"]}})", R"({"a": {"SS": ["Blue", "Green", "Red"]}})"},
      {"ADD a :ss, b :ns, c :bs", "{}",
       R"({"a": {"SS": ["Blue", "Red"]}, "b": {"NS": ["1", "2"]}, "c": {"BS": ["x"]}})"},
      {"ADD b :ns", R"({"b": {"NS": ["3", "2"]}})", R"({"b": {"NS": ["1", "2", "3"]}})"},
      {"DELETE a :ss", R"({"a": {"SS": ["Green", "Red"]}})", R"({"a": {"SS": ["Green"]}})"},
      {"DELETE a :ss, b :ns", R"({"a": {"SS": ["Blue", "Red"]}, "b": {"NS": ["7"]}})",
       R"({"b": {"NS": ["7"]}})"},
      {"DELETE a :ss", "{}", "{}"},
      {"DELETE a.b :bs", R"({"a": {"M": {"b": {"BS": ["x", "y"]}}}})",
       R"({"a": {"M": {"b": {"BS": ["y"]}}}})"},
      {"REMOVE a, b.x, c", R"({"a": {"N": "1"}, "b": {"M": {"y": {"N": "1"}}}})",
       R"({"b": {"M": {"y": {"N": "1"}}}})"},
  });
}

// What only the item shows to be impossible; the item stays as it was, whatever else the update would do.
TEST(Modification, RefusesAndChangesNothing) {
  const std::string path = "The document path provided in the update expression is invalid for update";
  const std::string type = "An operand in the update expression has an incorrect data type";
  const std::string absent = "The provided expression refers to an attribute that does not exist in the item";
  const std::string item = R"({"s": {"S": "x"}, "n": {"N": "1"}, "l": {"L": [{"N": "1"}]}, "m": {"M": {}},
    "big": {"N": "1E125"}, "ss": {"SS": ["q"]}})";
  for (const auto& [expression, message] : std::vector<std::pair<std::string, std::string>>{
           {"SET q = :s, s.c = :n", path},
           {"SET l.c = :n", path},
           {"SET gone.c = :n", path},
           {"SET m[0] = :n", path},
           {"SET s[0] = :n", path},
           {"SET m.a.b = :n", path},
           {"SET l[1].b = :n", path},
           {"REMOVE n, s.c", path},
           {"REMOVE gone.c", path},
           {"REMOVE gone[0]", path},
           {"DELETE gone.c :ss", path},
           {"SET q = gone", absent},
           {"SET q = :s, z = q", absent},
           {"SET q = gone + :n", absent},
           {"SET q = list_append(gone, :l)", absent},
           {"SET q = if_not_exists(gone, l[3])", absent},
           {"SET q = s + :n", type},
           {"SET q = :n - l", type},
           {"SET q = list_append(n, :l)", type},
           {"SET q = list_append(gone, :l), z = s + :n", type},
           {"ADD s :n", type},
           {"ADD n :ss", type},
           {"ADD l :ss", type},
           {"ADD ss :ns", type},
           {"DELETE ss :ns", type},
           {"DELETE n :ss", type},
           {"ADD big :max",
            "Number overflow. Attempting to store a number with magnitude larger than supported range"},
           {"SET q = :max + :tiny",
            "Number overflow. Attempting to store a number with magnitude larger than supported range"}}) {
    Attributes changed = item_of(item);
    EXPECT_EQ(refusal_of([&, &what = expression] { parsed(what).apply(changed); }), message) << expression;
    EXPECT_EQ(changed, item_of(item)) << expression;
  }
}

// DynamoDB lets REMOVE of a nested path pass when the whole item is not there; SET it refuses all the same.
TEST(Modification, RemovesNothingFromANewItem) {
  Attributes item = item_of(R"({"pk": {"S": "k"}})");
  parsed("REMOVE x.y, z[0] SET a = :n").apply(item, ItemState::kNew);
  EXPECT_EQ(item, item_of(R"({"pk": {"S": "k"}, "a": {"N": "5"}})"));
  EXPECT_NE(refusal_of([&] { parsed("SET x.y = :n").apply(item, ItemState::kNew); }), "");
  EXPECT_NE(refusal_of([&] { parsed("REMOVE x.y").apply(item); }), "");
}

// What a path adds in depth counts with what it sets.
TEST(Modification, RefusesNestingBeyondTheQuota) {
  std::string deep = "{}", path = "a";
  for (int i = 0; i < 31; ++i) {
    deep = R"({"x": {"M": )" + deep + "}}";
    if (i > 0) path += ".x";
  }
  const Attributes item = item_of(R"({"a": {"M": )" + deep + "}}");
  const auto set = [&](std::string_view value) {
    Attributes changed = item;
    return refusal_of([&] {
      Placeholders placeholders = placeholders_of("", value);
      parse_update("SET " + path + " = :v", placeholders).apply(changed);
    });
  };
  EXPECT_EQ(set(R"({":v": {"L": [{"L": []}]}})"), "");
  EXPECT_EQ(set(R"({":v": {"L": [{"L": [{"L": []}]}]}})"),
            "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond "
            "supported limit");
}

// Answers of what was updated, and access to attributes, are decided by these.
TEST(Modification, TellsItsTargetsAndAttributes) {
  const Modification update =
      parsed("SET #a.b[2] = c + :n, d = if_not_exists(e.f, :n) REMOVE g ADD h :n", R"({"#a": "x.y"})");
  std::vector<std::string> targets;
  for (const Path& path : update.targets()) targets.push_back(text_of(path));
  EXPECT_EQ(targets, (std::vector<std::string>{"[x.y, b, [2]]", "[d]", "[g]", "[h]"}));
  EXPECT_EQ(update.attributes(), (std::set<std::string>{"x.y", "c", "d", "e", "g", "h"}));
  EXPECT_EQ(update.entered(), (std::set<std::string>{"x.y", "e"}));
  Attributes item = item_of(R"({"a": {"N": "1"}})");
  Modification().apply(item);
  EXPECT_EQ(item, item_of(R"({"a": {"N": "1"}})"));
  EXPECT_TRUE(Modification().targets().empty());
}

}  // namespace
}  // namespace haneul::dynamodb
