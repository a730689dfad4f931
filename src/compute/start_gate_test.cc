// The gate's places: exact, in order, and never kept for ever.
#include "compute/start_gate.h"

#include <map>
#include <vector>

#include <gtest/gtest.h>

#include "base/clock.h"
#include "base/task/manual_executor.h"

namespace haneul::compute {
namespace {

class StartGateTest : public ::testing::Test {
 protected:
  void come(int number) {
    auto enter = [](StartGateTest* test, int who) -> Task<void> {
      test->passes_[who] = co_await test->gate_->enter();
      test->entered_.push_back(who);
    };
    spawn(executor_, "enter", enter(this, number));
    executor_.run();
  }

  VirtualClock clock_;
  ManualExecutor executor_{clock_};
  std::shared_ptr<StartGate> gate_ = std::make_shared<StartGate>(2);
  std::map<int, StartGate::Pass> passes_;
  std::vector<int> entered_;
};

TEST_F(StartGateTest, LetsInAsManyAsItHasPlacesAndThenInOrder) {
  // More starts than places would make every start slow; overtaking would starve the one that waits longest.
  for (int number = 0; number < 4; ++number) come(number);
  EXPECT_EQ(entered_, (std::vector<int>{0, 1}));
  passes_[1].give_up();
  executor_.run();
  EXPECT_EQ(entered_, (std::vector<int>{0, 1, 2}));
  passes_.erase(0);
  executor_.run();
  EXPECT_EQ(entered_, (std::vector<int>{0, 1, 2, 3}));
}

TEST_F(StartGateTest, AnInitThatWaitsGivesUpItsPlaceByItself) {
  // A function that sleeps in its init must not keep every other function from starting; and the place that
  // went on is not given away a second time when that init ends.
  for (int number = 0; number < 4; ++number) come(number);
  executor_.advance(StartGate::kHold);
  EXPECT_EQ(entered_.size(), 4U);
  passes_.erase(0);
  passes_.erase(1);
  come(4);
  EXPECT_EQ(entered_.size(), 4U);
  passes_.erase(2);
  executor_.run();
  EXPECT_EQ(entered_.size(), 5U);
}

}  // namespace
}  // namespace haneul::compute
