#include <gtest/gtest.h>

#include "services/iam/testing.h"
#include "services/sts/service.h"

namespace haneul::sts {
namespace {

using iam::at;
using platform::Caller;
using Object = Document::Object;

class StsTest : public testing::Test, public iam::TestIam {
 protected:
  StsTest() {
    sts.register_operations(table);
    TestIam::iam.ensure_account(seed());
    ann = caller_of_key("AKIAANN");
  }
  void grant(const std::string& document) {
    call("PutUserPolicy", Object{{"UserName", "ann"}, {"PolicyName", "p"}, {"PolicyDocument", document}});
  }
  static Document assume(const char* role, Object more = {}) {
    Document input = Object{{"RoleArn", std::string("arn:aws:iam::123456789012:role/") + role},
                            {"RoleSessionName", "work"}};
    for (auto& [key, value] : more) input.set(key, std::move(value));
    return input;
  }
  Caller caller_of(const Document& output) {
    const Document& credentials = at(output, "Credentials");
    return caller_of_key(credentials.string_or("AccessKeyId", ""), credentials.string_or("SessionToken", ""));
  }
  static Document tags(const char* key, const char* value) {
    return Document::Array{Object{{"Key", key}, {"Value", value}}};
  }

  Sts sts{TestIam::iam};
  Caller ann;
  const std::string account_trust = trust(R"({"AWS":"arn:aws:iam::123456789012:root"})");
  const std::string tagging_trust =
      R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":)"
      R"("arn:aws:iam::123456789012:root"},"Action":["sts:AssumeRole","sts:TagSession",)"
      R"("sts:SetSourceIdentity"]}]})";
};

// Both sides must agree, unless the trust policy names the user: that is how roles are guarded.
TEST_F(StsTest, TrustAndRightsDecideTogether) {
  put_role("service", trust(R"({"Service":"lambda.amazonaws.com"})"));
  put_role("shared", account_trust);
  put_role("named", trust(R"({"AWS":"arn:aws:iam::123456789012:user/ann"})"));
  const std::string denied =
      "AccessDenied: User: arn:aws:iam::123456789012:user/ann is not authorized to "
      "perform: sts:AssumeRole on resource: arn:aws:iam::123456789012:role/";
  EXPECT_TRUE(refusal(ann, "sts", "AssumeRole", assume("shared")).starts_with(denied + "shared"));
  EXPECT_EQ(refusal(ann, "sts", "AssumeRole", assume("named")), "done");
  grant(allow("sts:*"));
  EXPECT_EQ(refusal(ann, "sts", "AssumeRole", assume("shared")), "done");
  EXPECT_TRUE(refusal(ann, "sts", "AssumeRole", assume("service")).starts_with(denied + "service"));
  EXPECT_TRUE(refusal(ann, "sts", "AssumeRole", assume("nobody")).starts_with(denied + "nobody"));
  EXPECT_EQ(refusal(root, "sts", "AssumeRole", assume("shared")),
            "AccessDenied: Roles may not be assumed by root accounts.");
}

// The key that keeps a third party from being talked into acting for the wrong customer.
TEST_F(StsTest, ExternalIdGuardsTheRole) {
  put_role("guarded", trust(R"({"AWS":"arn:aws:iam::123456789012:user/ann"})",
                            R"(,"Condition":{"StringEquals":{"sts:ExternalId":"ours"}})"));
  EXPECT_TRUE(refusal(ann, "sts", "AssumeRole", assume("guarded")).starts_with("AccessDenied"));
  EXPECT_TRUE(refusal(ann, "sts", "AssumeRole", assume("guarded", {{"ExternalId", "theirs"}}))
                  .starts_with("AccessDenied"));
  EXPECT_EQ(refusal(ann, "sts", "AssumeRole", assume("guarded", {{"ExternalId", "ours"}})), "done");
}

// A session is the role, narrowed: it must never have more than role and session policies both give.
TEST_F(StsTest, SessionPoliciesNarrowTheRole) {
  put_role("shared", account_trust);
  call("PutRolePolicy",
       Object{{"RoleName", "shared"}, {"PolicyName", "p"}, {"PolicyDocument", allow("iam:*")}});
  grant(allow("sts:AssumeRole"));
  const Caller wide = caller_of(call(ann, "sts", "AssumeRole", assume("shared")));
  EXPECT_EQ(wide.arn, "arn:aws:sts::123456789012:assumed-role/shared/work");
  EXPECT_EQ(refusal(wide, "iam", "ListUsers"), "done");
  const Document output =
      call(ann, "sts", "AssumeRole", assume("shared", {{"Policy", allow("iam:ListRoles")}}));
  EXPECT_GT(at(output, "PackedPolicySize").as_int(), 0);
  const Caller narrow = caller_of(output);
  EXPECT_EQ(refusal(narrow, "iam", "ListRoles"), "done");
  EXPECT_NE(refusal(narrow, "iam", "ListUsers").find("no session policy allows"), std::string::npos);
  const Document by_arn = Document::Array{Object{{"arn", "arn:aws:iam::aws:policy/AmazonS3FullAccess"}}};
  const Caller other = caller_of(call(ann, "sts", "AssumeRole", assume("shared", {{"PolicyArns", by_arn}})));
  EXPECT_TRUE(refusal(other, "iam", "ListRoles").starts_with("AccessDenied"));
  EXPECT_TRUE(refusal(ann, "sts", "AssumeRole", assume("shared", {{"Policy", "{"}}))
                  .starts_with("MalformedPolicyDocument"));
}

// Lengths: the role's own maximum, and an hour for a session made from a session.
TEST_F(StsTest, Durations) {
  put_role("shared", account_trust);
  call("UpdateRole", Object{{"RoleName", "shared"}, {"MaxSessionDuration", 7200}});
  grant(allow("sts:AssumeRole"));
  const auto lasting = [](int seconds) { return assume("shared", {{"DurationSeconds", seconds}}); };
  EXPECT_EQ(
      refusal(ann, "sts", "AssumeRole", lasting(7201)),
      "ValidationError: The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
  const Document output = call(ann, "sts", "AssumeRole", lasting(7200));
  EXPECT_EQ(at(output, "Credentials", "Expiration").as_timestamp(), clock.now() + Seconds(7200));
  call("PutRolePolicy",
       Object{{"RoleName", "shared"}, {"PolicyName", "p"}, {"PolicyDocument", allow("sts:AssumeRole")}});
  const Caller session = caller_of(output);
  EXPECT_TRUE(refusal(session, "sts", "AssumeRole", lasting(3601)).starts_with("ValidationError"));
  EXPECT_EQ(refusal(session, "sts", "AssumeRole", lasting(3600)), "done");
}

// Tags and source identity are who the session is to policies: they need rights of their own, and what was
// passed on cannot be changed on the way.
TEST_F(StsTest, TagsAndSourceIdentityTravel) {
  put_role("plain", account_trust);
  put_role("tagging", tagging_trust);
  grant(allow("sts:*"));
  EXPECT_TRUE(refusal(ann, "sts", "AssumeRole", assume("plain", {{"Tags", tags("team", "sky")}}))
                  .find("sts:TagSession") != std::string::npos);
  call("PutRolePolicy",
       Object{{"RoleName", "tagging"}, {"PolicyName", "p"}, {"PolicyDocument", allow("sts:*")}});
  const Caller session = caller_of(call(ann, "sts", "AssumeRole",
                                        assume("tagging", {{"Tags", tags("team", "sky")},
                                                           {"TransitiveTagKeys", Document::Array{"team"}},
                                                           {"SourceIdentity", "ann"}})));
  EXPECT_EQ(session.principal_tags.at("team"), "sky");
  EXPECT_EQ(session.source_identity, "ann");
  const Caller chained = caller_of(call(session, "sts", "AssumeRole", assume("tagging")));
  EXPECT_EQ(chained.principal_tags.at("team"), "sky");
  EXPECT_EQ(chained.source_identity, "ann");
  EXPECT_TRUE(refusal(session, "sts", "AssumeRole", assume("tagging", {{"Tags", tags("Team", "sea")}}))
                  .starts_with("InvalidParameterValue"));
  EXPECT_TRUE(refusal(session, "sts", "AssumeRole", assume("tagging", {{"SourceIdentity", "eve"}}))
                  .starts_with("AccessDenied"));
}

// A user's temporary credentials are the user, but without a way into IAM or to further credentials.
TEST_F(StsTest, SessionTokensOfUsers) {
  grant(allow("*"));
  const Caller session = caller_of(call(ann, "sts", "GetSessionToken"));
  const Document who = call(session, "sts", "GetCallerIdentity");
  EXPECT_EQ(who.string_or("Arn", ""), "arn:aws:iam::123456789012:user/ann");
  EXPECT_TRUE(refusal(session, "iam", "ListUsers").starts_with("InvalidClientTokenId"));
  EXPECT_TRUE(refusal(session, "sts", "GetSessionToken").starts_with("AccessDenied"));
  EXPECT_TRUE(
      refusal(session, "sts", "GetFederationToken", Object{{"Name", "bob"}}).starts_with("AccessDenied"));
  put_role("shared", account_trust);
  EXPECT_EQ(refusal(session, "sts", "AssumeRole", assume("shared")), "done");
  EXPECT_TRUE(refusal(ann, "sts", "GetSessionToken",
                      Object{{"SerialNumber", "arn:aws:iam::1:mfa/x"}, {"TokenCode", "123456"}})
                  .starts_with("AccessDenied"));
}

// Federated users have what the user has and the session policy lets through, and nothing without one.
TEST_F(StsTest, FederationTokens) {
  grant(allow("sts:*"));
  const Document bare = call(ann, "sts", "GetFederationToken", Object{{"Name", "bob"}});
  const Caller bob = caller_of(bare);
  EXPECT_EQ(bob.arn, "arn:aws:sts::123456789012:federated-user/bob");
  EXPECT_EQ(at(bare, "FederatedUser", "FederatedUserId").as_string(), "123456789012:bob");
  EXPECT_TRUE(refusal(bob, "sts", "GetAccessKeyInfo", Object{{"AccessKeyId", "AKIAIOSFODNN7EXAMPLE"}})
                  .starts_with("AccessDenied"));
  EXPECT_TRUE(refusal(bob, "iam", "ListUsers").starts_with("InvalidClientTokenId"));
}

}  // namespace
}  // namespace haneul::sts
