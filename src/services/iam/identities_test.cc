#include "services/iam/identities.h"

#include <gtest/gtest.h>

#include "aws/policy/evaluate.h"
#include "base/parse_error.h"
#include "services/iam/ids.h"
#include "services/iam/service.h"
#include "services/iam/testing.h"

namespace haneul::iam {
namespace {

using State = platform::IdentitySource::TokenState;

// Every request depends on it: the three kinds of keys must find their owners, and nobody else.
TEST(Identities, FindsTheOwnersOfKeys) {
  TestIam test;
  test.iam.ensure_account(test.seed());
  const auto& source = test.iam.identities();
  const auto root = source.find_credential("AKIAROOT", "");
  ASSERT_EQ(root.state, State::kOk);
  EXPECT_EQ(root.credential->caller.arn, "arn:aws:iam::123456789012:root");
  EXPECT_EQ(root.credential->secret_access_key.reveal(), "root-secret");
  const auto user = source.find_credential("AKIAANN", "");
  ASSERT_EQ(user.state, State::kOk);
  EXPECT_EQ(user.credential->caller.arn, "arn:aws:iam::123456789012:user/ann");
  EXPECT_EQ(user.credential->caller.unique_id.size(), 21u);
  EXPECT_EQ(source.find_credential("AKIANOBODY", "").state, State::kUnknownKey);
  EXPECT_EQ(source.find_credential("AKIAANN", "token").state, State::kInvalidToken);
  EXPECT_EQ(source.find_credential("ASIAANN", "").state, State::kInvalidToken);
  EXPECT_EQ(source.find_credential("ASIAANN", "token").state, State::kInvalidToken);
}

// A bootstrap file is applied at every start: a second time must change nothing, a conflict must be told.
TEST(Seed, IsAppliedOnceAndRefusesWhatCannotBe) {
  TestIam test;
  test.iam.ensure_account(test.seed());
  const uint64_t before = test.db->last_ordered();
  test.iam.ensure_account(test.seed());
  EXPECT_EQ(test.db->last_ordered(), before);

  AccountSeed other = test.seed();
  other.id = AccountId("210987654321");
  EXPECT_THROW(test.iam.ensure_account(other), ParseError) << "keys of another identity";
  EXPECT_EQ(test.db->last_ordered(), before) << "nothing of a refused seed is kept";
  AccountSeed changed = test.seed();
  changed.root_keys[0].secret_access_key = Secret<std::string>("changed");
  EXPECT_THROW(test.iam.ensure_account(changed), ParseError);
  EXPECT_THROW(test.iam.ensure_account({.id = AccountId("12")}), ParseError);
  AccountSeed unknown = test.seed();
  unknown.users[0].managed_policy_arns = {"arn:aws:iam::aws:policy/NoSuchPolicy"};
  EXPECT_THROW(test.iam.ensure_account(unknown), ParseError);
}

// The judge gets what is attached now: a change must show in the next request, without a read in between.
TEST(Identities, PoliciesFollowEveryChange) {
  TestIam test;
  test.iam.ensure_account(test.seed());
  const auto& source = test.iam.identities();
  const auto caller = source.find_credential("AKIAANN", "").credential->caller;
  EXPECT_EQ(source.policies_of(caller).identity.size(), 2u);
  test.directory().write(test.account, [](Rows& rows) {
    record::User user = rows.require<record::User>("ANN");
    user.attached_policies.clear();
    user.boundary_arn = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    rows.put(user);
  });
  const auto after = source.policies_of(caller);
  EXPECT_EQ(after.identity.size(), 1u);
  ASSERT_TRUE(after.boundary);
  EXPECT_EQ(after.boundary->id, "arn:aws:iam::aws:policy/ReadOnlyAccess");
  auto stranger = caller;
  stranger.unique_id = "AIDAOFANEARLIERUSER01";
  EXPECT_TRUE(source.policies_of(stranger).identity.empty()) << "an earlier user of the same name";
}

// Sessions are stateless, so what ends them must be checked at every use.
TEST(Identities, SessionsEndWithTheirRole) {
  TestIam test;
  test.iam.ensure_account(test.seed());
  test.put_role("worker", TestIam::trust(R"({"Service":"lambda.amazonaws.com"})"));
  const std::string arn = "arn:aws:iam::123456789012:role/worker";
  EXPECT_TRUE(test.iam.may_assume(arn, "lambda.amazonaws.com"));
  EXPECT_FALSE(test.iam.may_assume(arn, "s3.amazonaws.com"));
  EXPECT_FALSE(test.iam.may_assume("arn:aws:iam::123456789012:role/nobody", "lambda.amazonaws.com"));
  const auto session = test.iam.issue_for_service({.role_arn = arn, .session_name = "run"});
  ASSERT_TRUE(session);
  EXPECT_EQ(session->caller.arn, "arn:aws:sts::123456789012:assumed-role/worker/run");
  const auto& source = test.iam.identities();
  const auto token = session->session_token.reveal();
  const auto found = source.find_credential(session->access_key_id, token);
  ASSERT_EQ(found.state, State::kOk);
  EXPECT_EQ(found.credential->caller.role_arn, arn);
  EXPECT_EQ(found.credential->expires_at, session->expires_at);
  EXPECT_EQ(source.find_credential("ASIAOTHER", token).state, State::kInvalidToken);
  EXPECT_EQ(source.find_credential(session->access_key_id, token + "A").state, State::kInvalidToken);
  test.put_role("worker", TestIam::trust(R"({"Service":"lambda.amazonaws.com"})"));
  EXPECT_EQ(source.find_credential(session->access_key_id, token).state, State::kInvalidToken)
      << "a new role of the same name is another role";
  EXPECT_FALSE(test.iam.issue_for_service({.role_arn = arn + "s", .session_name = "run"}));
}

// The number inside a key id is how GetAccessKeyInfo answers for keys of which nothing is stored.
TEST(Ids, KeyIdsCarryTheirAccount) {
  SeededRandom random(7);
  for (const char* account : {"000000000000", "123456789012", "999999999999"}) {
    const std::string id = make_access_key_id(kTemporaryKeyPrefix, AccountId(account), random);
    EXPECT_EQ(id.size(), 20u);
    EXPECT_EQ(account_of_key_id(id), AccountId(account));
  }
  // An id that AWS's documentation uses, with the account that is known to be in it.
  EXPECT_EQ(account_of_key_id("ASIAQNZGKIQY56JQ7WML"), AccountId("029608264753"));
  EXPECT_EQ(account_of_key_id("AKIAshort"), std::nullopt);
}

}  // namespace
}  // namespace haneul::iam
