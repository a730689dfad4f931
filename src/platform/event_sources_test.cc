#include "platform/event_sources.h"

#include <gtest/gtest.h>

namespace haneul::platform {
namespace {

// Readers sleep until they are told: a listener hears of its own ARN until its handle is dropped.
TEST(EventSources, TellsThoseWhoWatch) {
  Watchers watchers;
  int heard = 0, others = 0;
  Watch watch = watchers.add("a", [&] { ++heard; });
  const Watch other = watchers.add("b", [&] { ++others; });
  watchers.notify("a");
  EXPECT_EQ(heard, 1);
  watch.reset();
  watchers.notify("a");
  watchers.notify("c");
  EXPECT_EQ(heard, 1);
  EXPECT_EQ(others, 0);
}

// Sequence numbers are longer than any machine number, and their order decides what is skipped.
TEST(EventSources, ComparesSequenceNumbers) {
  EXPECT_LT(compare_sequence("9", "10"), 0);
  EXPECT_GT(compare_sequence("49590338271490256608559692538361571095921575989136588898",
                             "49590338271490256608559692538361571095921575989136588897"),
            0);
  EXPECT_EQ(compare_sequence("000000000000000000012", "12"), 0);
  EXPECT_EQ(compare_sequence("0", ""), 0);
}

}  // namespace
}  // namespace haneul::platform
