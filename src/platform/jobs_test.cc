#include "platform/jobs.h"

#include <gtest/gtest.h>

#include "base/task/completion.h"
#include "base/task/manual_executor.h"
#include "store/memory/memory_engine.h"

namespace haneul::platform {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

class JobsTest : public testing::Test {
 protected:
  store::Scope scope = store::make_scope(AccountId("123456789012"), Region("us-east-1"), "test", "cause");
  VirtualClock clock;
  SeededRandom random{7};
  ManualExecutor executor{clock};
  std::unique_ptr<store::Db> db = store::make_memory_db();
  std::unique_ptr<Jobs> jobs = std::make_unique<Jobs>(*db, clock, random);
  std::vector<std::string> ran;

  void record(const std::string& kind) {
    jobs->handle(kind, 4, [this](const Job& job) -> Task<JobOutcome> {
      ran.push_back(job.payload.as_string());
      co_return JobOutcome::done();
    });
  }
  void start() {
    jobs->start([this]() -> Executor& { return executor; });
  }
  std::string add(const char* kind, Milliseconds delay, const char* payload) {
    return db->write(scope, [&](store::Tx& tx) { return jobs->add(tx, kind, clock.now() + delay, payload); });
  }
};

// A timer must not come early, and must come when its time is there without anybody asking.
TEST_F(JobsTest, RunsInOrderOfDueTime) {
  record("note");
  start();
  add("note", minutes(10), "later");
  add("note", minutes(5), "sooner");
  executor.advance(minutes(4));
  EXPECT_TRUE(ran.empty());
  executor.advance(minutes(20));
  EXPECT_EQ(ran, (std::vector<std::string>{"sooner", "later"}));
  EXPECT_EQ(jobs->pending(), 0u);
}

// A job belongs to the transaction of its cause: when that is given up, there must be no effect.
TEST_F(JobsTest, FollowsItsTransaction) {
  record("note");
  start();
  EXPECT_THROW(db->write(scope,
                         [&](store::Tx& tx) {
                           jobs->add(tx, "note", clock.now(), "never");
                           throw std::runtime_error("given up");
                         }),
               std::runtime_error);
  executor.advance(minutes(1));
  EXPECT_TRUE(ran.empty());
}

// A restart must find every job that was not done, or acknowledged work would be lost.
TEST_F(JobsTest, SurvivesARestart) {
  record("note");
  add("note", seconds(30), "kept");
  jobs = std::make_unique<Jobs>(*db, clock, random);
  record("note");
  start();
  executor.advance(minutes(1));
  EXPECT_EQ(ran, std::vector<std::string>{"kept"});
}

// A cancelled timer must not fire, also when it was loaded into memory already.
TEST_F(JobsTest, CancelStopsIt) {
  record("note");
  start();
  const std::string id = add("note", seconds(30), "cancelled");
  db->write(scope, [&](store::Tx& tx) { jobs->cancel(tx, id); });
  executor.advance(minutes(1));
  EXPECT_TRUE(ran.empty());
}

// A failing handler must be tried again with growing delays, and an outcome may change time and payload.
TEST_F(JobsTest, TriesAgain) {
  std::vector<int> attempts;
  jobs->handle("shaky", 1, [&](const Job& job) -> Task<JobOutcome> {
    attempts.push_back(job.attempt);
    if (job.attempt == 1) throw std::runtime_error("first time fails");
    if (job.attempt == 2) co_return JobOutcome{clock.now() + minutes(1), Document("changed")};
    ran.push_back(job.payload.as_string());
    co_return JobOutcome::done();
  });
  start();
  add("shaky", seconds(0), "original");
  executor.advance(minutes(5));
  EXPECT_EQ(attempts, (std::vector<int>{1, 2, 3}));
  EXPECT_EQ(ran, std::vector<std::string>{"changed"});
}

// One busy kind must not run more at a time than it declared, and must go on when one of them ends.
TEST_F(JobsTest, BoundsParallelRuns) {
  int running = 0;
  int most = 0;
  jobs->handle("slow", 2, [&](const Job&) -> Task<JobOutcome> {
    most = std::max(most, ++running);
    const Completion<bool> never;
    co_await never.wait(seconds(10));  // of virtual time
    --running;
    ran.push_back("done");
    co_return JobOutcome::done();
  });
  start();
  for (int i = 0; i < 7; ++i) add("slow", seconds(0), "x");
  executor.advance(minutes(5));
  EXPECT_EQ(most, 2);
  EXPECT_EQ(ran.size(), 7u);
}

}  // namespace
}  // namespace haneul::platform
