// How many cells and forks are held ready.
#include "sandbox/appetite.h"

#include <gtest/gtest.h>

namespace haneul::sandbox {
namespace {

// A machine that was busy once must not hold processes for ever, nor one that is idle more than a few.
TEST(AppetiteTest, GrowsWhenItRunsOutAndShrinksInQuiet) {
  Appetite appetite(1, 6);
  SteadyTime now{};
  EXPECT_EQ(appetite.wanted(), 1u);
  for (const size_t expected : {2u, 4u, 6u, 6u}) {
    appetite.was_used(now);
    appetite.ran_out();
    EXPECT_EQ(appetite.wanted(), expected);
  }
  appetite.digest(now + Appetite::kQuiet / 2);
  EXPECT_EQ(appetite.wanted(), 6u);
  for (const size_t expected : {5u, 4u, 3u, 2u, 1u, 1u}) {
    now += Appetite::kQuiet;
    appetite.digest(now);
    EXPECT_EQ(appetite.wanted(), expected);
  }
  EXPECT_TRUE(appetite.at_rest());
}

}  // namespace
}  // namespace haneul::sandbox
