#include "base/task/idle_poll.h"

#include <gtest/gtest.h>

namespace haneul {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

// A loop that is asked again and again stays awake; its first sleeps show that it is.
TEST(IdlePoll, OpensWithShortSleeps) {
  IdlePoll idle;
  EXPECT_EQ(idle.window().count(), 0);
  idle.slept(microseconds(80));
  EXPECT_EQ(idle.window(), IdlePoll::kWindowMin);
  for (int i = 0; i < 10; ++i) idle.slept(microseconds(80));
  EXPECT_EQ(idle.window(), IdlePoll::kWindowMax);
}

// What is asked now and then must not pay for looking: a few long sleeps close the window for good.
TEST(IdlePoll, ClosesWithLongSleeps) {
  IdlePoll idle;
  for (int i = 0; i < 10; ++i) idle.slept(microseconds(80));
  int looks = 0;
  while (idle.window().count() > 0) {
    ++looks;
    idle.slept(milliseconds(1));
  }
  EXPECT_LE(looks, 4);
  idle.slept(milliseconds(1));
  EXPECT_EQ(idle.window().count(), 0);
}

// Functions and clients that need the processor come before a loop that only looks.
TEST(IdlePoll, StaysShutForSomeSleepsWhenOthersWantTheProcessor) {
  IdlePoll idle;
  for (int i = 0; i < 10; ++i) idle.slept(microseconds(80));
  idle.crowded();
  for (int i = 0; i < IdlePoll::kShutSleeps; ++i) {
    EXPECT_EQ(idle.window().count(), 0);
    idle.slept(microseconds(80));
  }
  EXPECT_EQ(idle.window(), IdlePoll::kWindowMax);
}

}  // namespace
}  // namespace haneul
