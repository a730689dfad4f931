#include "services/logs/check.h"

#include <gmock/gmock.h>

#include "services/logs/event_log.h"
#include "services/logs/logs_fixture.h"

namespace haneul::logs {
namespace {

class CheckTest : public LogsFixture {
 protected:
  CheckTest() {
    make_group("g");
    make_stream("g", "s");
    put("g", "s", {{.timestamp = now(), .message = "a"}, {.timestamp = now() + 70'000, .message = "b"}});
  }
  Group group() {
    return db->read([&](store::ReadTx& tx) { return require_group(tx, group_in(request(), "g")); });
  }
  void damage(const std::function<void(store::Tx&, const GroupKeys&)>& body) {
    const GroupKeys keys = group().keys();
    db->write(keys.scope(), [&](store::Tx& tx) { body(tx, keys); });
  }
};

// What the operations leave behind holds at every step.
TEST_F(CheckTest, FindsNothingAfterEveryOperation) {
  EXPECT_THAT(check(*db), testing::IsEmpty());
  make_stream("g", "t");
  put("g", "t", {{.timestamp = now() - 5, .message = "c"}});
  service.delete_log_stream(request(), {.log_group_name = "g", .log_stream_name = "s"});
  EXPECT_THAT(check(*db), testing::IsEmpty());
  jobs.start([this]() -> Executor& { return executor; });
  executor.run();
  EXPECT_THAT(check(*db), testing::IsEmpty());
  service.put_retention_policy(request(), {.log_group_name = "g", .retention_in_days = 1});
  executor.advance(std::chrono::hours(26));
  EXPECT_THAT(check(*db), testing::IsEmpty());
  service.delete_log_group(request(), {.log_group_name = "g"});
  EXPECT_THAT(check(*db), testing::IsEmpty());
}

// A check that finds no damage is worth nothing.
TEST_F(CheckTest, FindsDamage) {
  damage([&](store::Tx& tx, const GroupKeys& keys) { tx.put(keys.usage(), encode(UsageRecord{100, 1})); });
  EXPECT_THAT(check(*db), testing::ElementsAre("log group g: counts 1 bytes and holds 54"));
  damage([&](store::Tx& tx, const GroupKeys& keys) {
    tx.put(keys.usage(), encode(UsageRecord{100, 54}));
    tx.del(keys.time({now(), 2}));
  });
  EXPECT_THAT(check(*db), testing::Contains("log group g: row 2 is missing in the order of time"));
  damage([&](store::Tx& tx, const GroupKeys& keys) { tx.del(keys.latest(now() + 70'000, "s")); });
  EXPECT_THAT(check(*db), testing::Contains(testing::HasSubstr("is missing in the order of last events")));
  const Group old = group();
  db->write(groups_scope(old.where.account, old.where.region),
            [&](store::Tx& tx) { tx.del(group_key(old.where)); });
  EXPECT_THAT(check(*db), testing::Contains("a row of kind event belongs to no log group"));
}

}  // namespace
}  // namespace haneul::logs
