// How far jobs have walked a table, as their rows keep it.
#include "services/dynamodb/items/table_cursor.h"

#include <gtest/gtest.h>

namespace haneul::dynamodb {
namespace {

// A job that a restart, or a new release, finds goes on where it was.
TEST(TableCursor, IsKept) {
  const TableCursor at{.where = {.account = AccountId("123456789012"), .region = Region("r"), .name = "tab"},
                       .partition = 7,
                       .after = std::string("\0key", 4)};
  Document kept = cursor_document(at);
  kept.set("table", 12);  // a member of a job of its own
  const TableCursor read = cursor_of(kept);
  EXPECT_EQ(read.where.name, "tab");
  EXPECT_EQ(read.where.account, at.where.account);
  EXPECT_EQ(read.partition, 7u);
  EXPECT_EQ(read.after, at.after);
  const Document older = Document::Object{{"table", "tab"}, {"index", 3}, {"partition", 64}, {"after", ""}};
  EXPECT_EQ(cursor_of(older).where.name, "tab");
  EXPECT_TRUE(cursor_of(older).is_done());
}

}  // namespace
}  // namespace haneul::dynamodb
