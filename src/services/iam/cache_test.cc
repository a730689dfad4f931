#include "services/iam/cache.h"

#include <chrono>

#include <gtest/gtest.h>

#include "services/iam/testing.h"

namespace haneul::iam {
namespace {

// Between its order and its durability a change must neither be served from the cache nor let an old value
// stay there: who was told "done" has to find it, and a crash must not have been shown.
TEST(Cache, HoldsNothingThatIsOnItsWay) {
  store::Db db(std::make_unique<store::MemoryEngine>(), store::Syncing::kManual);
  VirtualClock clock;
  SeededRandom random{1};
  Iam iam(db, clock, random, Secret<std::string>(std::string(32, 'k')));
  iam.ensure_account(TestIam().seed());
  const auto& source = iam.identities();
  using State = platform::IdentitySource::TokenState;
  EXPECT_EQ(source.find_credential("AKIAANN", "").state, State::kUnknownKey) << "not durable yet";
  db.sync_now();
  EXPECT_EQ(source.find_credential("AKIAANN", "").state, State::kOk);

  const AccountId account("123456789012");
  const auto set_active = [&](bool active) {
    iam.directory().write(account, [&](Rows& rows) {
      auto key = *rows.find_key("AKIAANN");
      key.active = active;
      rows.put_key(key);
    });
  };
  set_active(false);
  EXPECT_TRUE(source.find_credential("AKIAANN", "").credential->active) << "ordered, but not durable";
  db.sync_now();
  EXPECT_FALSE(source.find_credential("AKIAANN", "").credential->active);
  set_active(true);
  set_active(false);
  db.sync_now();
  set_active(true);
  EXPECT_FALSE(source.find_credential("AKIAANN", "").credential->active);
  db.sync_now();
  EXPECT_TRUE(source.find_credential("AKIAANN", "").credential->active);
}

// Every request pays for these two calls: without the cache they cost hundreds of microseconds of parsing.
TEST(Cache, AsksTheStoreOnce) {
  TestIam test;
  test.iam.ensure_account(test.seed());
  const auto& source = test.iam.identities();
  const auto first = source.policies_of(source.find_credential("AKIAANN", "").credential->caller);
  const auto second = source.policies_of(source.find_credential("AKIAANN", "").credential->caller);
  ASSERT_EQ(first.identity.size(), second.identity.size());
  for (size_t at = 0; at < first.identity.size(); ++at) {
    EXPECT_EQ(first.identity[at].policy.get(), second.identity[at].policy.get())
        << "the very same parsed policy";
  }
}

// A write for each request would make reading as dear as writing; a minute is what is promised.
TEST(KeyUses, AreKeptInMemoryAndWrittenOnceAMinute) {
  TestIam test;
  test.iam.ensure_account(test.seed());
  platform::Caller ann = test.caller_of_key("AKIAANN");
  ann.access_key_id = "AKIAANN";
  const auto use = [&](const char* service) {
    test.iam.credential_uses().credential_used(ann, service, Region("eu-west-1"), test.clock.now());
  };
  const uint64_t before = test.db->last_ordered();
  use("s3");
  const uint64_t written = test.db->last_ordered();
  EXPECT_GT(written, before);
  test.clock.advance(Seconds(59));
  use("sqs");
  EXPECT_EQ(test.db->last_ordered(), written);
  KeyUses reopened(test.directory());
  EXPECT_EQ(reopened.last_use("AKIAANN")->service, "s3");
  test.clock.advance(Seconds(2));
  use("sns");
  EXPECT_EQ(reopened.last_use("AKIAANN")->service, "sns");
  EXPECT_EQ(KeyUses(test.directory()).last_use("AKIANONE"), std::nullopt);
}

}  // namespace
}  // namespace haneul::iam
