#include <gtest/gtest.h>

#include "aws/policy/policy.h"

namespace haneul::aws::policy {
namespace {

std::string message(std::string_view json, PolicyKind kind) {
  try {
    parse_policy(json, kind);
  } catch (const MalformedPolicy& error) {
    return error.what();
  }
  return "accepted";
}

std::string with(std::string_view statement) {
  return R"({"Version":"2012-10-17","Statement":[)" + std::string(statement) + "]}";
}

constexpr const char* kSyntax = "Syntax errors in policy.";

// Clients and templates match on these texts, so they are AWS's, one per rule.
TEST(PolicyParse, IdentityMessages) {
  const auto judge = [](std::string_view statement) {
    return message(with(statement), PolicyKind::kIdentity);
  };
  EXPECT_EQ(judge(R"({"Effect":"Allow","Action":"s3:*","Resource":"*"})"), "accepted");
  EXPECT_EQ(judge(R"({"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"})"),
            "Policy document should not specify a principal.");
  EXPECT_EQ(judge(R"({"Effect":"Allow","Resource":"*"})"), "Policy statement must contain actions.");
  EXPECT_EQ(judge(R"({"Effect":"Allow","Action":"s3:*"})"), "Policy statement must contain resources.");
  EXPECT_EQ(judge(R"({"Effect":"Allow","Action":[],"Resource":"*"})"),
            "Policy statement must contain actions.");
  EXPECT_EQ(judge(R"({"Effect":"Allow","Action":"invalid","Resource":"*"})"),
            "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.");
  EXPECT_EQ(judge(R"({"Effect":"Allow","Action":"a:b:c","Resource":"*"})"),
            "Actions/Condition can contain only one colon.");
  EXPECT_EQ(judge(R"({"Effect":"Allow","Action":"s3*:x","Resource":"*"})"), "Vendor s3* is not valid");
  EXPECT_EQ(judge(R"({"Effect":"Allow","Action":"s3:*","Resource":"bucket"})"),
            "Resource bucket must be in ARN format or \"*\".");
  EXPECT_EQ(judge(R"({"Effect":"Allow","Action":"s3:*","Resource":"arn:foo:s3:::b"})"),
            "Partition \"foo\" is not valid for resource \"arn:foo:s3:::b\".");
  EXPECT_EQ(judge(R"({"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:us-east-1::b"})"),
            "Resource arn:aws:s3:us-east-1::b can not contain region information.");
  EXPECT_EQ(judge(R"({"Effect":"Allow","Action":"iam:*","Resource":"arn:aws:iam:us-east-1::user/x"})"),
            "IAM resource arn:aws:iam:us-east-1::user/x cannot contain region information.");
  EXPECT_EQ(
      judge(R"({"Sid":"a b","Effect":"Allow","Action":"s3:*","Resource":"*"})"),
      "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression "
      "[0-9A-Za-z]*");
  EXPECT_EQ(judge(R"({"Sid":"a","Effect":"Allow","Action":"s3:*","Resource":"*"},)"
                  R"({"Sid":"a","Effect":"Allow","Action":"s3:*","Resource":"*"})"),
            "Statement IDs (SID) in a single policy must be unique.");
}

// Everything that has no message of its own is a syntax error; nothing unknown is passed over.
TEST(PolicyParse, SyntaxErrors) {
  const auto judge = [](std::string_view json) { return message(json, PolicyKind::kIdentity); };
  for (const char* json : {"", "[]", "not json", "{}", R"({"Version":"2012-10-17"})", R"({"Statement":[]})",
                           R"({"Statement":"x"})", R"({"Version":"2011-01-01","Statement":{}})"}) {
    EXPECT_EQ(judge(json), kSyntax) << json;
  }
  for (const char* statement :
       {R"({"Action":"s3:*","Resource":"*"})", R"({"Effect":"allow","Action":"s3:*","Resource":"*"})",
        R"({"Effect":"Allow","Action":"s3:*","NotAction":"s3:*","Resource":"*"})",
        R"({"Effect":"Allow","Action":"s3:*","Resource":"*","NotResource":"*"})",
        R"({"Effect":"Allow","Action":{"a":1},"Resource":"*"})",
        R"({"Effect":"Allow","Action":[1],"Resource":"*"})",
        R"({"Effect":"Allow","Action":"s3:*","Resource":"*","Extra":1})",
        R"({"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"Nonsense":{"a":"b"}}})",
        R"({"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"NullIfExists":{"a":"true"}}})",
        R"({"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"Bool":{"a":"maybe"}}})",
        R"({"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"IpAddress":{"a":"10.0.0.0/33"}}})",
        R"({"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"NumericEquals":{"a":"x"}}})",
        R"({"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"StringEquals":"b"}})",
        R"({"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"StringEquals":{"a":{}}}})"}) {
    EXPECT_EQ(judge(with(statement)), kSyntax) << statement;
  }
}

// Managed policies must be of the newer language version; inline ones may be of the older.
TEST(PolicyParse, Versions) {
  const std::string old = R"({"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}})";
  EXPECT_EQ(message(old, PolicyKind::kManaged), "Policy document must be version 2012-10-17 or greater.");
  EXPECT_EQ(message(old, PolicyKind::kIdentity), "accepted");
  EXPECT_EQ(parse_policy(old, PolicyKind::kIdentity)->version(), "2008-10-17");
}

// Policies of resources name principals; a wrong one must be refused when it is stored, not when it is
// judged.
TEST(PolicyParse, Principals) {
  const auto judge = [](std::string_view principal) {
    return message(with(R"({"Effect":"Allow","Action":"s3:*","Resource":"*","Principal":)" +
                        std::string(principal) + "}"),
                   PolicyKind::kResource);
  };
  for (const char* good :
       {R"("*")", R"({"AWS":"*"})", R"({"AWS":"123456789012"})",
        R"({"AWS":"arn:aws:iam::123456789012:root"})",
        R"({"AWS":["arn:aws:iam::123456789012:user/a/b","arn:aws:sts::123456789012:assumed-role/r/s"]})",
        R"({"Service":"lambda.amazonaws.com"})", R"({"Federated":"cognito-identity.amazonaws.com"})",
        R"({"CanonicalUser":"79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"})"}) {
    EXPECT_EQ(judge(good), "accepted") << good;
  }
  EXPECT_EQ(judge(R"({"AWS":"arn:aws:s3:::b"})"), "Invalid principal in policy: \"AWS\":\"arn:aws:s3:::b\"");
  for (const char* bad : {R"("x")", "{}", R"({"AWS":[]})", R"({"AWS":"arn:aws:iam::123456789012:user/*"})",
                          R"({"AWS":"arn:aws:iam::123456789012:group/g"})", R"({"Service":"*"})",
                          R"({"Other":"x"})", R"({"AWS":1})"}) {
    EXPECT_TRUE(judge(bad).starts_with("Invalid principal in policy")) << bad;
  }
  EXPECT_EQ(message(with(R"({"Effect":"Allow","Action":"s3:*","Resource":"*"})"), PolicyKind::kResource),
            "Missing required field Principal");
}

// Trust policies say who may become a role and nothing else.
TEST(PolicyParse, TrustPolicies) {
  const auto judge = [](std::string_view rest) {
    return message(with(R"({"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},)" +
                        std::string(rest) + "}"),
                   PolicyKind::kTrust);
  };
  EXPECT_EQ(judge(R"("Action":["sts:AssumeRole","sts:TagSession"])"), "accepted");
  EXPECT_EQ(judge(R"("Action":"s3:*")"), "AssumeRole policy may only specify STS AssumeRole actions.");
  EXPECT_EQ(judge(R"("Action":"sts:AssumeRole","Resource":"*")"), "Has prohibited field Resource.");
  EXPECT_EQ(message("{", PolicyKind::kTrust), "This policy contains invalid Json");
}

}  // namespace
}  // namespace haneul::aws::policy
