// What UpdateItem counts of an update expression, against amounts that were measured.
#include <gtest/gtest.h>

#include "services/dynamodb/expression/expression_testing.h"
#include "services/dynamodb/expression/modification.h"

namespace haneul::dynamodb {
namespace {

// Of the actions alone, without what any update counts.
size_t size_of_actions(std::string_view text, std::string_view values = "") {
  Placeholders placeholders = placeholders_of("", values);
  return parse_update(text, placeholders).measured_size() - 3;
}

// What is written counts as it is given, at each place where it is given; what is read from the item does
// not.
TEST(UpdateSize, CountsOperands) {
  const std::string_view ten = R"({":v": {"S": "yyyyyyyyyy"}})";
  EXPECT_EQ(size_of_actions("SET b = :v", ten), 19u + 1 + 10);
  EXPECT_EQ(size_of_actions("SET b = :v, c = :v", ten), 2 * (19u + 1 + 10));
  EXPECT_EQ(size_of_actions("SET c = abcdefghij"), 19u + 1 + 1 + 14 + 10);
  EXPECT_EQ(size_of_actions("SET c = m.z"), 19u + 1 + 1 + 14 + 1 + 14 + 1);
  EXPECT_EQ(size_of_actions("SET c = l[10]"), 19u + 1 + 1 + 14 + 1 + 14 + 2);
  EXPECT_EQ(size_of_actions("SET c = if_not_exists(c, :v)", ten), 19u + 1 + 39 + 16 + 10);
  const std::string_view one = R"({":v": {"N": "1"}})";
  EXPECT_EQ(size_of_actions("SET n = n + :v", one), 19u + 1 + 34 + 16 + 2);
  EXPECT_EQ(size_of_actions("SET n = n - :v", one), 19u + 1 + 37 + 16 + 2);
  EXPECT_EQ(size_of_actions("ADD n :v", one), 19u + 1 + 2);
  const std::string_view list = R"({":v": {"L": [{"S": "yyyyyyyyyy"}]}})";
  EXPECT_EQ(size_of_actions("SET l = list_append(l, :v)", list), 19u + 1 + 37 + 16 + (3 + 1 + 10));
}

// An element of a list costs a byte more than the list would, a member of a map the same as the map.
TEST(UpdateSize, CountsPaths) {
  const std::string_view value = R"({":v": {"S": "x"}})";
  EXPECT_EQ(size_of_actions("SET d.leaf = :v", value),
            size_of_actions("SET d = :v", R"({":v": {"M": {"leaf": {"S": "x"}}}})"));
  EXPECT_EQ(size_of_actions("SET d[0] = :v", value),
            size_of_actions("SET d = :v", R"({":v": {"L": [{"S": "x"}]}})") + 1);
  EXPECT_EQ(size_of_actions("REMOVE r"), 2u);
  EXPECT_EQ(size_of_actions("REMOVE r, m.z"), 2u + 1 + 1 + 4 + 1);
  EXPECT_EQ(size_of_actions("DELETE s :v", R"({":v": {"SS": ["one", "two"]}})"), 2u);
}

}  // namespace
}  // namespace haneul::dynamodb
