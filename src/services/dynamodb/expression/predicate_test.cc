// Conditions: what holds for which item, as "Comparison operator and function reference" tells and as
// DynamoDB is seen to answer.
#include "services/dynamodb/expression/predicate.h"

#include <cstdlib>
#include <new>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "services/dynamodb/expression/expression_testing.h"

namespace haneul::dynamodb {
namespace {

thread_local size_t allocations = 0;  // of this program, by operator new below

constexpr std::string_view kItem = R"({
  "id": {"N": "123"}, "title": {"S": "Bicycle 123"}, "price": {"N": "500"}, "cover": {"B": "abcdef"},
  "safety": {"NULL": true}, "stocked": {"BOOL": true}, "colors": {"SS": ["Red", "Black"]},
  "ratings": {"NS": ["1", "2.50", "1E2"]}, "blobs": {"BS": ["xx", "yy"]}, "wide": {"S": "\u00e9\ud834\udd1e"},
  "pictures": {"M": {"front": {"S": "http://a/front"}, "rear": {"L": [{"S": "r0"}, {"N": "7"}]}}},
  "reviews": {"L": [{"N": "5"}, {"SS": ["a"]}, {"L": [{"N": "3"}]}]}, "empties": {"L": []},
  "seven": {"N": "7.0"}})";

constexpr std::string_view kValues = R"({
  ":five": {"N": "5"}, ":seven": {"N": "7"}, ":half": {"N": "2.5"}, ":hundred": {"N": "100"},
  ":s": {"S": "S"},
  ":red": {"S": "Red"}, ":front": {"S": "http"}, ":low": {"N": "100"}, ":high": {"N": "1000"},
  ":bytes": {"B": "cd"}, ":prefix": {"B": "abc"}, ":text123": {"S": "123"}, ":n": {"S": "N"},
  ":l": {"S": "L"},
  ":yes": {"BOOL": true}, ":null": {"NULL": true}, ":set": {"SS": ["Black", "Red"]}, ":sa": {"SS": ["a"]},
  ":list3": {"L": [{"N": "3.0"}]}, ":three": {"N": "3"}, ":zero": {"N": "0"}, ":xx": {"B": "xx"}})";

bool holds(std::string_view expression, std::string_view names = "") {
  Placeholders placeholders = placeholders_of(names, kValues);
  return parse_condition(expression, "ConditionExpression", placeholders).matches(item_of(kItem));
}

// Every function and operator, each once where it holds: a condition that is true is what writes go through
// by.
TEST(Predicate, HoldsWhereTheReferenceSaysSo) {
  for (const char* expression : {"attribute_exists(title)",
                                 "attribute_exists (pictures.rear[1])",
                                 "attribute_not_exists(gone)",
                                 "attribute_not_exists(pictures.side)",
                                 "attribute_not_exists(title.x)",
                                 "attribute_not_exists(reviews[9])",
                                 "attribute_type(id, :n)",
                                 "attribute_type(reviews[2], :l)",
                                 "attribute_type(:five, :n)",
                                 "begins_with(pictures.front, :front)",
                                 "begins_with(cover, :prefix)",
                                 "contains(colors, :red)",
                                 "contains(title, :text123)",
                                 "contains(cover, :bytes)",
                                 "contains(ratings, :hundred)",
                                 "contains(ratings, :half)",
                                 "contains(blobs, :xx)",
                                 "contains(reviews, :sa)",
                                 "contains(reviews, :list3)",
                                 "size(title) < size(pictures.front)",
                                 "size(wide) = :three",
                                 "size(colors) < :five",
                                 "size(pictures) <> :five",
                                 "size(empties) = :zero",
                                 "size(cover) > :five",
                                 "size(reviews) = :three",
                                 "price = price2 OR price <> price2",
                                 "seven = :seven",
                                 "colors = :set",
                                 "stocked = :yes",
                                 "safety = :null",
                                 "price between :low and :high",
                                 "price BETWEEN :low AND :high AND id > :low",
                                 ":five between :three and :seven",
                                 "id IN (:five, :seven, id2, :low) OR title <> :red",
                                 "NOT id = :five",
                                 "not not id <> :five",
                                 "NOT (id = :five OR id = :seven)"}) {
    EXPECT_TRUE(holds(expression)) << expression;
  }
}

// What is missing, or of another type, satisfies nothing but "is not".
TEST(Predicate, DoesNotHoldForMissingAttributesAndOtherTypes) {
  for (const char* expression : {"attribute_exists(gone)",
                                 "attribute_exists(reviews[3])",
                                 "attribute_exists(title[0])",
                                 "attribute_type(title, :n)",
                                 "attribute_type(gone, :n)",
                                 "begins_with(id, title)",
                                 "begins_with(gone, title)",
                                 "begins_with(title, :prefix)",
                                 "contains(title, :five)",
                                 "contains(colors, :five)",
                                 "contains(gone, :five)",
                                 "contains(id, :five)",
                                 "contains(pictures, :red)",
                                 "gone = :five",
                                 "gone = absent",
                                 "gone < :five",
                                 "id = :text123",
                                 "id < :text123",
                                 "title >= :low",
                                 "size(id) >= :zero",
                                 "size(gone) >= :zero",
                                 "size(safety) = :zero",
                                 "gone IN (:five)",
                                 "id IN (gone)",
                                 "gone BETWEEN :low AND :high",
                                 "title BETWEEN :low AND :high",
                                 "price BETWEEN gone AND :high",
                                 "colors < reviews",
                                 "stocked < safety"}) {
    EXPECT_FALSE(holds(expression)) << expression;
  }
  EXPECT_TRUE(holds("gone <> :five"));
  EXPECT_TRUE(holds("gone <> absent"));
  EXPECT_TRUE(holds("title <> :five"));
}

// Precedence: comparisons before NOT before AND before OR; parentheses before all.
TEST(Predicate, KnowsPrecedence) {
  EXPECT_TRUE(holds("id = id2 OR id > :five AND price > :five"));
  EXPECT_FALSE(holds("NOT id > :five AND price = :five"));
  EXPECT_FALSE(holds("(title = :red OR id > :five) AND price = :five"));
  EXPECT_TRUE(holds("title = :red OR (id > :five AND NOT price = :five)"));
  EXPECT_TRUE(holds("(id) > (:five) AND (begins_with((title), (:red)) OR (size(title)) > :five)"));
  EXPECT_TRUE(holds("((id > :five) AND (price > :five))"));
  EXPECT_TRUE(holds("(pictures).front = pictures.front2 OR (pictures.rear)[1] = :seven"));
  EXPECT_TRUE(holds("a=b or price>:five aNd id<>:five"));
}

// Names by placeholder, nested, with dots in them.
TEST(Predicate, ReadsNamesByPlaceholder) {
  EXPECT_TRUE(holds("#p.#r[1] = :seven AND #p.front <> :red", R"({"#p": "pictures", "#r": "rear"})"));
  Placeholders placeholders = placeholders_of(R"({"#n": "a.b"})", "");
  EXPECT_TRUE(parse_condition("attribute_exists(#n)", "FilterExpression", placeholders)
                  .matches(item_of(R"({"a.b": {"S": "x"}})")));
}

// Strings by their UTF-8 bytes, binary by unsigned bytes, numbers by value: the order that keys have as well.
TEST(Predicate, OrdersWithinTypes) {
  const auto less = [](std::string_view a, std::string_view b) {
    Placeholders placeholders = placeholders_of("", fmt::format(R"({{":a": {}, ":b": {}}})", a, b));
    return parse_condition(":a < :b", "ConditionExpression", placeholders).matches({});
  };
  EXPECT_TRUE(less(R"({"S": "Z"})", R"({"S": "a"})"));
  EXPECT_TRUE(less(R"({"S": ""})", R"({"S": "a"})"));
  EXPECT_TRUE(less(R"({"S": "z"})", R"({"S": "\u00e9"})"));
  EXPECT_TRUE(less(R"({"S": "\uffff"})", R"({"S": "\ud834\udd1e"})"));
  EXPECT_TRUE(less(R"({"B": "\u007f"})", R"({"B": "\u00c2"})"));
  EXPECT_TRUE(less(R"({"N": "-1E-130"})", R"({"N": "0"})"));
  EXPECT_TRUE(less(R"({"N": "9"})", R"({"N": "10.0"})"));
  EXPECT_FALSE(less(R"({"N": "1.0"})", R"({"N": "1"})"));
}

// Fine-grained access, and the refusal of keys in filters, ask which attributes are looked at.
TEST(Predicate, TellsItsAttributes) {
  Placeholders placeholders = placeholders_of(R"({"#b": "b"})", R"({":v": {"N": "1"}})");
  const Predicate predicate = parse_condition(
      "a.x = :v AND (size(#b[0]) > c OR NOT attribute_exists(d)) AND e IN (f, :v)", "X", placeholders);
  EXPECT_EQ(predicate.attributes(), (std::set<std::string>{"a", "b", "c", "d", "e", "f"}));
  EXPECT_EQ(predicate.entered(), (std::set<std::string>{"a", "b"}));
  EXPECT_TRUE(Predicate().matches({}));
  EXPECT_TRUE(Predicate().attributes().empty());
}

// Scans evaluate a filter for every item: memory is not to be asked for each time.
TEST(Predicate, MatchesWithoutAllocating) {
  Placeholders placeholders = placeholders_of(R"({"#t": "title"})", kValues);
  const Predicate predicate = parse_condition(
      "(price BETWEEN :low AND :high OR id IN (:five, :seven)) AND size(pictures.rear) < :five AND "
      "contains(colors, :red) AND NOT begins_with(#t, :front) AND reviews[2] = :list3",
      "FilterExpression", placeholders);
  const Attributes item = item_of(kItem);
  ASSERT_TRUE(predicate.matches(item));
  const size_t before = allocations;
  for (int i = 0; i < 10; ++i) predicate.matches(item);
  EXPECT_EQ(allocations, before);
}

}  // namespace
}  // namespace haneul::dynamodb

// Counted, for the test above.
void* operator new(size_t size) {
  ++haneul::dynamodb::allocations;
  if (void* out = std::malloc(size)) return out;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }
