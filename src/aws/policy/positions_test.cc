#include "aws/policy/positions.h"

#include <gtest/gtest.h>

namespace haneul::aws::policy {
namespace {

// The simulator points into the text that the user wrote, in the counting that AWS uses.
TEST(PolicyPositions, OfOneStatement) {
  const auto spans = statement_positions(
      "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": {\n    \"Sid\": \"a}\\\"{\"\n  }\n}");
  ASSERT_EQ(spans.size(), 1u);
  EXPECT_EQ(spans[0].start, (TextPosition{3, 16}));
  EXPECT_EQ(spans[0].end, (TextPosition{5, 4}));
}

// Objects inside statements and other members are no statements.
TEST(PolicyPositions, OfSeveralStatements) {
  const auto spans = statement_positions(
      R"({"Id":"Statement","Statement":[{"Condition":{"Null":{}}},{"b":[1]}],"Version":"x"})");
  ASSERT_EQ(spans.size(), 2u);
  EXPECT_EQ(spans[0].start.column, 32);
  EXPECT_EQ(spans[0].end.column, 57);
  EXPECT_EQ(spans[1].start.column, 58);
  EXPECT_EQ(spans[1].end.column, 67);
}

}  // namespace
}  // namespace haneul::aws::policy
