#include "platform/trace.h"

#include <gtest/gtest.h>

#include "platform/pagination.h"

namespace haneul::platform {
namespace {

// A caller's trace must go on through us; anything malformed must be replaced, since it enters logs and
// headers.
TEST(Trace, KeepsGoodHeadersAndReplacesBadOnes) {
  SeededRandom random(1);
  const Timestamp now{std::chrono::seconds(1'700'000'000)};
  const std::string good = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
  EXPECT_EQ(accept_trace_header(good, now, random), good);
  EXPECT_TRUE(trace_sampled(good));
  for (const char* bad : {"", "Root=1-zz", "Root=1-5759e988-bd862e3fe1be46a994272793\r\nX: y", "Self=1"}) {
    const std::string made = accept_trace_header(bad, now, random);
    EXPECT_TRUE(made.starts_with("Root=1-6553f100-")) << made;
    EXPECT_FALSE(trace_sampled(made));
  }
}

// A page token of another account or operation must not open, nor one that was edited.
TEST(PageToken, OpensOnlyWhereItWasMade) {
  const AccountId mine("111111111111");
  const std::string token = make_page_token("ListUsers", mine, "position");
  EXPECT_EQ(open_page_token("ListUsers", mine, token), "position");
  EXPECT_FALSE(open_page_token("ListRoles", mine, token));
  EXPECT_FALSE(open_page_token("ListUsers", AccountId("222222222222"), token));
  std::string edited = token;
  edited[edited.size() / 2] = edited[edited.size() / 2] == 'A' ? 'B' : 'A';
  EXPECT_FALSE(open_page_token("ListUsers", mine, edited));
}

}  // namespace
}  // namespace haneul::platform
