#include "aws/policy/evaluate.h"

#include <gtest/gtest.h>

namespace haneul::aws::policy {
namespace {

constexpr std::string_view kAccount = "123456789012";
constexpr std::string_view kUserArn = "arn:aws:iam::123456789012:user/team/ann";
constexpr std::string_view kRoleArn = "arn:aws:iam::123456789012:role/path/r";
constexpr std::string_view kSessionArn = "arn:aws:sts::123456789012:assumed-role/r/s";

Principal user() { return {Principal::Kind::kUser, kAccount, kUserArn, {}, "AIDAEXAMPLEEXAMPLE01", {}, {}}; }
Principal session() {
  return {Principal::Kind::kRoleSession, kAccount, kSessionArn, kRoleArn, "AROAEXAMPLEEXAMPLE01:s", {}, {}};
}
Principal root() {
  return {Principal::Kind::kRoot, kAccount, "arn:aws:iam::123456789012:root", {}, kAccount, {}, {}};
}
Principal service(std::string_view name) { return {Principal::Kind::kService, {}, {}, {}, {}, name, {}}; }

std::string statement(std::string_view effect, std::string_view rest) {
  return R"({"Version":"2012-10-17","Statement":[{"Effect":")" + std::string(effect) + "\"," +
         std::string(rest) + "}]}";
}
std::string allow_all() { return statement("Allow", R"("Action":"*","Resource":"*")"); }
std::string deny_all() { return statement("Deny", R"("Action":"*","Resource":"*")"); }
std::string resource_policy(std::string_view effect, std::string_view principal) {
  return statement(effect, R"("Principal":)" + std::string(principal) + R"(,"Action":"s3:*","Resource":"*")");
}

struct Case {
  Principal principal = user();
  std::string identity, boundary, session_policy, resource, trust;
  std::string action = "s3:PutObject";
  std::string target = "arn:aws:s3:::b/k";
  std::string owner{};
  bool resource_must = false;
  Context context{};

  std::string judge() const {
    const auto parsed = [](const std::string& json, PolicyKind kind) {
      return json.empty() ? PolicyPtr() : parse_policy(json, kind);
    };
    const PolicyPtr identity_policy = parsed(identity, PolicyKind::kIdentity);
    const PolicyPtr boundary_policy = parsed(boundary, PolicyKind::kIdentity);
    const PolicyPtr session_parsed = parsed(session_policy, PolicyKind::kIdentity);
    const PolicyPtr resource_parsed =
        trust.empty() ? parsed(resource, PolicyKind::kResource) : parsed(trust, PolicyKind::kTrust);
    const PolicyRef identity_refs[] = {{"inline", identity_policy.get()}};
    const PolicyRef session_refs[] = {{"session", session_parsed.get()}};
    AuthorizationRequest request{.principal = principal,
                                 .action = action,
                                 .resource = target,
                                 .resource_account = owner,
                                 .context = &context};
    if (identity_policy) request.identity = identity_refs;
    if (session_parsed) request.session = session_refs;
    request.boundary = boundary_policy.get();
    request.resource_policy = resource_parsed.get();
    if (resource_must || !trust.empty()) {
      request.resource_rule = AuthorizationRequest::ResourceRule::kResourceMustAllow;
    }
    const Decision decision = evaluate(request);
    if (decision.allowed()) return "allowed";
    const std::string message = denial_message(request, decision, ResourceQuotes::kDouble);
    return message.substr(message.find("\"", message.find("\"") + 1) + 2);
  }
};

const std::string kNoIdentity = "because no identity-based policy allows the s3:PutObject action";
const std::string kNoResource = "because no resource-based policy allows the s3:PutObject action";
const std::string kNoBoundary = "because no permissions boundary allows the s3:PutObject action";
const std::string kNoSession = "because no session policy allows the s3:PutObject action";
const std::string kAllowed = "allowed";

// Nothing is allowed that nobody allowed; the words are AWS's.
TEST(Evaluate, DeniesByDefaultInAwsWords) {
  EXPECT_EQ(Case{}.judge(), kNoIdentity);
  const Context context;
  const AuthorizationRequest request{
      .principal = user(), .action = "s3:PutObject", .resource = "arn:aws:s3:::b/k", .context = &context};
  EXPECT_EQ(
      denial_message(request, evaluate(request), ResourceQuotes::kDouble),
      "User: arn:aws:iam::123456789012:user/team/ann is not authorized to perform: s3:PutObject on resource: "
      "\"arn:aws:s3:::b/k\" because no identity-based policy allows the s3:PutObject action");
}

// An explicit deny wins wherever it stands, and the message says where.
TEST(Evaluate, ExplicitDenyWinsEverywhere) {
  const std::string prefix = "with an explicit deny in ";
  EXPECT_EQ((Case{.identity = deny_all(), .resource = resource_policy("Allow", "\"*\"")}.judge()),
            prefix + "an identity-based policy");
  EXPECT_EQ((Case{.identity = allow_all(), .resource = resource_policy("Deny", "\"*\"")}.judge()),
            prefix + "a resource-based policy");
  EXPECT_EQ((Case{.identity = allow_all(), .boundary = deny_all()}.judge()),
            prefix + "a permissions boundary");
  EXPECT_EQ((Case{.principal = session(), .identity = allow_all(), .session_policy = deny_all()}.judge()),
            prefix + "a session policy");
  EXPECT_EQ((Case{.principal = root(), .resource = resource_policy("Deny", "\"*\"")}.judge()),
            prefix + "a resource-based policy");
}

// In one account either side may allow; a grant to the account only lets its own policies decide.
TEST(Evaluate, OneAccountNeedsEitherSide) {
  EXPECT_EQ((Case{.identity = allow_all()}.judge()), kAllowed);
  EXPECT_EQ(
      (Case{.resource = resource_policy("Allow", R"({"AWS":"arn:aws:iam::123456789012:user/team/ann"})")}
           .judge()),
      kAllowed);
  EXPECT_EQ((Case{.resource = resource_policy("Allow", "\"*\"")}.judge()), kAllowed);
  EXPECT_EQ((Case{.resource = resource_policy("Allow", R"({"AWS":"123456789012"})")}.judge()), kNoIdentity);
  EXPECT_EQ((Case{.resource = resource_policy("Allow", R"({"AWS":"AIDAEXAMPLEEXAMPLE01"})")}.judge()),
            kAllowed);
  EXPECT_EQ((Case{.principal = root()}.judge()), kAllowed);
}

// Across accounts both sides must allow, also for a root user.
TEST(Evaluate, AcrossAccountsNeedsBothSides) {
  const std::string other = "999999999999";
  const std::string grant = resource_policy("Allow", R"({"AWS":"123456789012"})");
  EXPECT_EQ((Case{.identity = allow_all(), .owner = other}.judge()), kNoResource);
  EXPECT_EQ((Case{.resource = grant, .owner = other}.judge()), kNoIdentity);
  EXPECT_EQ((Case{.identity = allow_all(), .resource = grant, .owner = other}.judge()), kAllowed);
  EXPECT_EQ(
      (Case{.resource = resource_policy("Allow", R"({"AWS":"arn:aws:iam::123456789012:user/team/ann"})"),
            .owner = other}
           .judge()),
      kNoIdentity);
  EXPECT_EQ((Case{.principal = root(), .owner = other}.judge()), kNoResource);
  EXPECT_EQ((Case{.principal = root(), .resource = grant, .owner = other}.judge()), kAllowed);
}

// Boundaries and session policies limit; only a resource policy that names the very user or session passes by
// them.
TEST(Evaluate, BoundariesAndSessionPoliciesLimit) {
  const std::string reads = statement("Allow", R"("Action":"s3:Get*","Resource":"*")");
  EXPECT_EQ((Case{.identity = allow_all(), .boundary = reads}.judge()), kNoBoundary);
  EXPECT_EQ((Case{.boundary = allow_all()}.judge()), kNoIdentity);
  EXPECT_EQ((Case{.principal = session(), .identity = allow_all(), .session_policy = reads}.judge()),
            kNoSession);
  const std::string to_user =
      resource_policy("Allow", R"({"AWS":"arn:aws:iam::123456789012:user/team/ann"})");
  EXPECT_EQ((Case{.boundary = reads, .resource = to_user}.judge()), kAllowed);
  const std::string to_session =
      resource_policy("Allow", R"({"AWS":"arn:aws:sts::123456789012:assumed-role/r/s"})");
  EXPECT_EQ((Case{.principal = session(), .boundary = reads, .session_policy = reads, .resource = to_session}
                 .judge()),
            kAllowed);
  const std::string to_role = resource_policy("Allow", R"({"AWS":"arn:aws:iam::123456789012:role/path/r"})");
  EXPECT_EQ((Case{.principal = session(), .resource = to_role}.judge()), kAllowed);
  EXPECT_EQ((Case{.principal = session(), .boundary = reads, .resource = to_role}.judge()), kNoBoundary);
  EXPECT_EQ((Case{.principal = session(), .session_policy = reads, .resource = to_role}.judge()), kNoSession);
}

// A service acts by the resource's policy alone, and the confused-deputy keys bind it to whom it acts for.
TEST(Evaluate, ServicesNeedTheResourcePolicy) {
  const std::string grant = statement(
      "Allow",
      R"("Principal":{"Service":"s3.amazonaws.com"},"Action":"lambda:InvokeFunction","Resource":"*",)"
      R"("Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:s3:::b"},)"
      R"("StringEquals":{"aws:SourceAccount":"123456789012"}})");
  Case good{.principal = service("s3.amazonaws.com"), .resource = grant, .action = "lambda:InvokeFunction"};
  good.context.set("aws:SourceArn", "arn:aws:s3:::b");
  EXPECT_NE(good.judge(), kAllowed);
  good.context.set("AWS:SourceAccount", "123456789012");
  EXPECT_EQ(good.judge(), kAllowed);
  good.principal = service("sns.amazonaws.com");
  EXPECT_NE(good.judge(), kAllowed);
  EXPECT_EQ((Case{.principal = service("s3.amazonaws.com"), .identity = allow_all()}.judge()), kNoResource);
  EXPECT_EQ((Case{.principal = {}, .resource = resource_policy("Allow", "\"*\"")}.judge()), kAllowed);
  EXPECT_EQ(
      (Case{.principal = {}, .resource = resource_policy("Allow", R"({"AWS":"123456789012"})")}.judge()),
      kNoResource);
}

// A role is assumed only when its trust policy says so, whatever the caller's own policies allow.
TEST(Evaluate, TrustPoliciesMustAllow) {
  const auto trust = [](std::string_view principal) {
    return statement("Allow", R"("Principal":)" + std::string(principal) + R"(,"Action":"sts:AssumeRole")");
  };
  Case assume{.identity = allow_all(),
              .trust = trust(R"({"Service":"lambda.amazonaws.com"})"),
              .action = "sts:AssumeRole",
              .target = std::string(kRoleArn),
              .owner = std::string(kAccount)};
  EXPECT_EQ(assume.judge(), "because no resource-based policy allows the sts:AssumeRole action");
  assume.trust = trust(R"({"AWS":"123456789012"})");
  EXPECT_EQ(assume.judge(), kAllowed);
  assume.identity = "";
  EXPECT_EQ(assume.judge(), "because no identity-based policy allows the sts:AssumeRole action");
  assume.trust = trust(R"({"AWS":"arn:aws:iam::123456789012:user/team/ann"})");
  EXPECT_EQ(assume.judge(), kAllowed);
  assume.principal = service("lambda.amazonaws.com");
  assume.trust = trust(R"({"Service":["ec2.amazonaws.com","lambda.amazonaws.com"]})");
  EXPECT_EQ(assume.judge(), kAllowed);
}

// NotPrincipal with Deny spares only those whose whole chain is named; naming the account does not spare its
// users.
TEST(Evaluate, NotPrincipalSparesTheWholeChain) {
  const auto deny_others = [](std::string_view spared) {
    return statement(
        "Deny", R"("NotPrincipal":{"AWS":[)" + std::string(spared) + R"(]},"Action":"s3:*","Resource":"*")");
  };
  const std::string account = R"("arn:aws:iam::123456789012:root")";
  const std::string ann = R"("arn:aws:iam::123456789012:user/team/ann")";
  EXPECT_EQ((Case{.identity = allow_all(), .resource = deny_others(account + "," + ann)}.judge()), kAllowed);
  EXPECT_NE((Case{.identity = allow_all(), .resource = deny_others(account)}.judge()), kAllowed);
  EXPECT_NE((Case{.identity = allow_all(), .resource = deny_others(ann)}.judge()), kAllowed);
  EXPECT_EQ((Case{.principal = root(), .resource = deny_others(account)}.judge()), kAllowed);
}

// NotAction and NotResource cover everything else; actions are matched without case, resources with it.
TEST(Evaluate, ActionsAndResources) {
  const auto judge = [](std::string_view rest) { return Case{.identity = statement("Allow", rest)}.judge(); };
  EXPECT_EQ(judge(R"("Action":"S3:put*","Resource":"arn:aws:s3:::b/?")"), kAllowed);
  EXPECT_EQ(judge(R"("Action":"s3:PutObject","Resource":"arn:aws:s3:::B/k")"), kNoIdentity);
  EXPECT_EQ(judge(R"("NotAction":"iam:*","Resource":"*")"), kAllowed);
  EXPECT_EQ(judge(R"("NotAction":"s3:*","Resource":"*")"), kNoIdentity);
  EXPECT_EQ(judge(R"("Action":"s3:*","NotResource":"arn:aws:s3:::c/*")"), kAllowed);
  EXPECT_EQ(judge(R"("Action":"s3:*","NotResource":["arn:aws:s3:::c/*","arn:aws:s3:::b/*"])"), kNoIdentity);
}

// Variables take the request's values literally, have defaults, and exist in version 2012-10-17 only.
TEST(Evaluate, Variables) {
  const auto judge = [](std::string_view resource, std::string_view name,
                        std::string_view version = "2012-10-17") {
    Case test{.identity = R"({"Version":")" + std::string(version) +
                          R"(","Statement":{"Effect":"Allow","Action":"*","Resource":")" +
                          std::string(resource) + "\"}}",
              .target = "arn:aws:s3:::b/ann"};
    if (!name.empty()) test.context.set("aws:username", std::string(name));
    return test.judge() == kAllowed;
  };
  EXPECT_TRUE(judge("arn:aws:s3:::b/${aws:username}", "ann"));
  EXPECT_TRUE(judge("arn:aws:s3:::b/${AWS:UserName}", "ann"));
  EXPECT_FALSE(judge("arn:aws:s3:::b/${aws:username}", "bob"));
  EXPECT_FALSE(judge("arn:aws:s3:::b/${aws:username}", "*"));
  EXPECT_FALSE(judge("arn:aws:s3:::b/${aws:username}", ""));
  EXPECT_TRUE(judge("arn:aws:s3:::b/${aws:username, 'ann'}", ""));
  EXPECT_FALSE(judge("arn:aws:s3:::b/${*}", "ann"));
  EXPECT_FALSE(judge("arn:aws:s3:::b/${aws:username}", "ann", "2008-10-17"));
}

// The simulator names what matched and what it would have needed to know.
TEST(Evaluate, TraceNamesMatchesAndMissingKeys) {
  const PolicyPtr policy = parse_policy(
      R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"},)"
      R"({"Effect":"Deny","Action":"s3:*","Resource":"*",)"
      R"("Condition":{"Bool":{"aws:SecureTransport":"false"}}}]})",
      PolicyKind::kIdentity);
  const PolicyRef refs[] = {{"p", policy.get()}};
  const Context context;
  Trace trace;
  EXPECT_TRUE(evaluate({.principal = user(),
                        .action = "s3:GetObject",
                        .resource = "*",
                        .context = &context,
                        .identity = refs},
                       &trace)
                  .allowed());
  ASSERT_EQ(trace.verdicts.size(), 1u);
  EXPECT_TRUE(trace.verdicts[0].allows);
  EXPECT_FALSE(trace.verdicts[0].denies);
  ASSERT_EQ(trace.matched.size(), 1u);
  EXPECT_EQ(trace.matched[0].policy_id, "p");
  EXPECT_EQ(trace.matched[0].index, 0u);
  EXPECT_TRUE(trace.missing_context.contains("aws:securetransport"));
}

}  // namespace
}  // namespace haneul::aws::policy
