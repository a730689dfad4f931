#include "aws/policy/pins.h"

#include <gtest/gtest.h>

#include "aws/policy/principal.h"

namespace haneul::aws::policy {
namespace {

constexpr std::string_view kPolicy = R"({"Version":"2012-10-17","Statement":[
  {"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::123456789012:role/a","123456789012"]},
   "Action":"sts:AssumeRole",
   "Condition":{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::123456789012:role/a"}}},
  {"Effect":"Deny","NotPrincipal":{"AWS":"arn:aws:iam::123456789012:user/b"},"Action":"sts:AssumeRole"},
  {"Effect":"Allow","Principal":{"AWS":"AROAAAAAAAAAAAAAAAAAA"},"Action":"sts:AssumeRole"},
  {"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]})";

// What is pinned must be exactly what the engine compares: users and roles, on either side.
TEST(Pins, AreOfUsersAndRoles) {
  const NamedPrincipals named = named_principals(*parse_policy(kPolicy, PolicyKind::kTrust));
  EXPECT_EQ(named.arns, (std::vector<std::string>{"arn:aws:iam::123456789012:role/a",
                                                  "arn:aws:iam::123456789012:user/b"}));
  EXPECT_EQ(named.unique_ids, std::vector<std::string>{"AROAAAAAAAAAAAAAAAAAA"});
}

// A condition that compares the same ARN speaks of the name, so it must be left alone.
TEST(Pins, ReplacePrincipalsAndNothingElse) {
  const std::string pinned =
      replace_principals(kPolicy, {{"arn:aws:iam::123456789012:role/a", "AROABBBBBBBBBBBBBBBBB"},
                                   {"arn:aws:iam::123456789012:user/b", "AIDABBBBBBBBBBBBBBBBB"}});
  EXPECT_NE(pinned.find(R"("AWS":["AROABBBBBBBBBBBBBBBBB","123456789012"])"), std::string::npos) << pinned;
  EXPECT_NE(pinned.find(R"("NotPrincipal":{"AWS":"AIDABBBBBBBBBBBBBBBBB"})"), std::string::npos) << pinned;
  EXPECT_NE(pinned.find(R"("aws:PrincipalArn":"arn:aws:iam::123456789012:role/a")"), std::string::npos);
}

// Users see their own text, with its spaces, as long as nothing in it has to be told differently.
TEST(Pins, LeaveTheTextWithoutNeed) {
  EXPECT_EQ(replace_principals(kPolicy, {}), kPolicy);
  EXPECT_EQ(replace_principals(kPolicy, {{"arn:aws:iam::123456789012:role/other", "AROAX"}}), kPolicy);
}

// A federated session has an id of its own, and yet the rights that its user's ARN was given.
TEST(Pins, ReachSessionsOfThePrincipal) {
  const auto reach = [](const Principal& principal) {
    const auto policy = parse_policy(
        R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"AIDABBBBBBBBBBBBBBBBB"},
            "Action":"s3:*","Resource":"*"}})",
        PolicyKind::kResource);
    return principal_reach(policy->statements().front(), principal);
  };
  const auto kind = Principal::Kind::kFederatedUser;
  EXPECT_EQ(reach({.kind = kind, .unique_id = "1:f", .issuer_id = "AIDABBBBBBBBBBBBBBBBB"}), Reach::kIssuer);
  EXPECT_EQ(reach({.kind = kind, .unique_id = "1:f", .issuer_id = "AIDACCCCCCCCCCCCCCCCC"}), Reach::kNone);
  EXPECT_EQ(reach({.kind = Principal::Kind::kUser, .unique_id = "AIDABBBBBBBBBBBBBBBBB"}), Reach::kDirect);
}

}  // namespace
}  // namespace haneul::aws::policy
