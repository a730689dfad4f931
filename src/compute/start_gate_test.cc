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
  void come(int number, const std::string& key = "function",
            StartGate::Place place = StartGate::Place::kBack) {
    auto enter = [](StartGateTest* test, int who, std::string name, StartGate::Place where) -> Task<void> {
      StartGate::Entry entry = co_await test->gate_->enter(name, where);
      test->turns_[who] = entry.turn;
      test->passes_[who] = std::move(entry.pass);
      if (entry.turn == StartGate::Turn::kEnter) test->entered_.push_back(who);
    };
    spawn(executor_, "enter", enter(this, number, key, place));
    executor_.run();
  }

  VirtualClock clock_;
  ManualExecutor executor_{clock_};
  std::shared_ptr<StartGate> gate_ = std::make_shared<StartGate>(2, [this] { return busy_; });
  bool busy_ = false;
  std::map<int, StartGate::Turn> turns_;
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

TEST_F(StartGateTest, AStartHasTimeWhileTheMachineIsBusy) {
  // On an overloaded machine further starts make all of them miss their init timeout; but it ends some time.
  busy_ = true;
  for (int number = 0; number < 3; ++number) come(number);
  executor_.advance(StartGate::kHold * (StartGate::kHoldsMax - 1));
  EXPECT_EQ(entered_.size(), 2U);
  executor_.advance(StartGate::kHold);
  EXPECT_EQ(entered_.size(), 3U);
}

TEST_F(StartGateTest, SendsTheFirstOfAFunctionBackToTheIdleOnes) {
  // An environment that became idle is worth more than a start, and only to its own function. Who then finds
  // it taken comes back to the front and is not counted twice.
  come(0);
  come(1);
  come(2, "other");
  come(3, "mine");
  come(4, "mine");
  gate_->look_again("mine");
  gate_->look_again("nobody");
  executor_.run();
  EXPECT_EQ(turns_.at(3), StartGate::Turn::kLookAgain);
  EXPECT_EQ(turns_.size(), 3U);
  come(3, "mine", StartGate::Place::kFront);
  passes_[0].give_up();
  passes_[1].give_up();
  executor_.run();
  EXPECT_EQ(entered_, (std::vector<int>{0, 1, 3, 2}));
  passes_.clear();
  executor_.run();
  EXPECT_EQ(entered_.back(), 4);
  passes_.clear();
  come(5);
  come(6);
  come(7);
  EXPECT_EQ(entered_.size(), 7U);
}

TEST_F(StartGateTest, ClosingLetsNobodyWait) {
  // The server stops at once, however many wait for a start.
  for (int number = 0; number < 4; ++number) come(number);
  gate_->close();
  executor_.run();
  EXPECT_EQ(turns_.at(3), StartGate::Turn::kClosed);
  come(5);
  EXPECT_EQ(turns_.at(5), StartGate::Turn::kClosed);
}

}  // namespace
}  // namespace haneul::compute
