#include "services/iam/pins.h"

#include <gtest/gtest.h>

#include "aws/policy/evaluate.h"
#include "base/text.h"
#include "services/iam/testing.h"

namespace haneul::iam {
namespace {

constexpr std::string_view kAnn = "arn:aws:iam::123456789012:user/ann";

struct Trusting : TestIam {
  Trusting() {
    iam.ensure_account(seed());
    call("CreateRole", Document::Object{{"RoleName", "reader"}, {"AssumeRolePolicyDocument", trusts_ann()}});
  }
  static std::string trusts_ann() { return trust(R"({"AWS":")" + std::string(kAnn) + "\"}"); }
  std::string shown_trust() {
    const Document out = call("GetRole", Document::Object{{"RoleName", "reader"}});
    return *uri_decode(at(out, "Role", "AssumeRolePolicyDocument").as_string());
  }
  void delete_ann() {
    directory().write(account, [](Rows& rows) { rows.erase(rows.require<record::User>("ann")); });
  }
  std::string make_ann() {
    return at(call("CreateUser", Document::Object{{"UserName", "ann"}}), "User", "UserId").as_string();
  }
  bool trusts(std::string_view user_id) {
    const aws::policy::Principal ann{.kind = aws::policy::Principal::Kind::kUser,
                                     .account = account.str(),
                                     .arn = kAnn,
                                     .unique_id = user_id};
    const aws::policy::Context context;
    const auto role = iam.find_role("arn:aws:iam::123456789012:role/reader");
    using Rule = aws::policy::AuthorizationRequest::ResourceRule;
    return aws::policy::evaluate({.principal = ann,
                                  .action = "sts:AssumeRole",
                                  .resource = role->arn,
                                  .resource_account = account.str(),
                                  .context = &context,
                                  .resource_policy = role->trust.get(),
                                  .resource_rule = Rule::kResourceMustAllow})
        .allowed();
  }
  std::string id_of_ann() {
    return directory().read(account, [](const View& view) { return view.require<record::User>("ann").id; });
  }
};

// Who may make users must not become whom a role trusts by taking a name that is free again.
TEST(Pins, ANewUserOfAnOldNameIsNotTrusted) {
  Trusting test;
  const std::string first = test.id_of_ann();
  EXPECT_TRUE(test.trusts(first));
  EXPECT_EQ(test.shown_trust(), Trusting::trusts_ann()) << "the text as it was given";
  test.delete_ann();
  EXPECT_NE(test.shown_trust().find(first), std::string::npos) << test.shown_trust();
  const std::string second = test.make_ann();
  ASSERT_NE(first, second);
  EXPECT_FALSE(test.trusts(second));
  EXPECT_NE(test.shown_trust().find(first), std::string::npos) << test.shown_trust();
  EXPECT_EQ(test.shown_trust().find(kAnn), std::string::npos);
}

// What is shown of a policy must be possible to store again, unless it names who is gone.
TEST(Pins, AnIdIsTakenWhileItsUserExists) {
  Trusting test;
  const std::string id = test.id_of_ann();
  const auto set = [&](const std::string& principal) {
    return test.refusal(
        "UpdateAssumeRolePolicy",
        Document::Object{{"RoleName", "reader"},
                         {"PolicyDocument", Trusting::trust(R"({"AWS":")" + principal + "\"}")}});
  };
  EXPECT_EQ(set(id), "done");
  EXPECT_NE(test.shown_trust().find(kAnn), std::string::npos) << test.shown_trust();
  EXPECT_TRUE(test.trusts(id));
  test.delete_ann();
  EXPECT_EQ(set(id), "MalformedPolicyDocument: Invalid principal in policy: \"AWS\":\"" + id + "\"");
  EXPECT_EQ(set("arn:aws:iam::999999999999:user/elsewhere"), "done") << "nobody here knows that account";
}

// A role's last use is what people delete roles by: it must be the role's own, and outlive the process.
TEST(RoleUses, AreOfTheRoleThatSigned) {
  Trusting test;
  const auto role = test.iam.find_role("arn:aws:iam::123456789012:role/reader");
  platform::Caller session;
  session.kind = platform::Caller::Kind::kRoleSession;
  session.account = test.account;
  session.name = "reader";
  session.unique_id = role->id + ":session";
  session.token_issued_at = test.clock.now();
  const auto shown = [&] {
    const Document out = test.call("GetRole", Document::Object{{"RoleName", "reader"}});
    return at(out, "Role", "RoleLastUsed");
  };
  EXPECT_EQ(shown(), Document::object());
  test.iam.credential_uses().credential_used(session, "s3", Region("eu-west-3"), test.clock.now());
  EXPECT_EQ(at(shown(), "Region"), Document("eu-west-3"));
  EXPECT_EQ(KeyUses(test.directory()).last_use_of_role(role->id)->region, "eu-west-3");
  test.clock.advance(std::chrono::days(401));
  EXPECT_EQ(shown(), Document::object()) << "IAM looks back 400 days";
  test.call("DeleteRole", Document::Object{{"RoleName", "reader"}});
  EXPECT_EQ(KeyUses(test.directory()).last_use_of_role(role->id), std::nullopt);
}

}  // namespace
}  // namespace haneul::iam
