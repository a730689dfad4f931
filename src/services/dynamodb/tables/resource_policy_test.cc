// What may be put as the policy of a table or a stream.
#include "services/dynamodb/tables/resource_policy.h"

#include <gtest/gtest.h>

#include "model/error.h"

namespace haneul::dynamodb {
namespace {

const std::string kTable = "arn:aws:dynamodb:us-east-1:123456789012:table/tab";
const std::string kStream = kTable + "/stream/2024-01-01T00:00:00.000";
constexpr const char* kUser = R"({"AWS": "arn:aws:iam::123456789012:user/ann"})";

std::string policy(const std::string& action, const std::string& resource,
                   const std::string& principal = kUser, const std::string& more = "") {
  return R"({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": )" + principal +
         R"(, "Action": ")" + action + R"(", "Resource": ")" + resource + "\"" + more + "}]}";
}

std::string refusal(const std::string& text, PolicyOwner::Kind kind = PolicyOwner::Kind::kTable) {
  try {
    require_policy(text, {.kind = kind, .arn = kind == PolicyOwner::Kind::kTable ? kTable : kStream});
  } catch (const model::ServiceError& error) {
    constexpr std::string_view kBegin =
        "One or more parameter values were invalid: Invalid policy document: ";
    EXPECT_TRUE(error.message().starts_with(kBegin)) << error.message();
    return error.message().substr(kBegin.size());
  }
  return "accepted";
}

// A policy that names what no request ever asks would be in force for nothing.
TEST(ResourcePolicies, NameActionsOfTheirResource) {
  for (const char* known : {"dynamodb:GetItem", "dynamodb:*", "dynamodb:Get*", "*", "dynamodb:getitem"}) {
    EXPECT_EQ(refusal(policy(known, kTable)), "accepted") << known;
  }
  EXPECT_EQ(refusal(policy("dynamodb:ListStreams", kTable)),
            R"(The following action names are invalid: "dynamodb:ListStreams")");
  EXPECT_EQ(refusal(policy("dynamodb:GetRecords", kTable)),
            R"(The following action names are invalid: "dynamodb:GetRecords")");
  EXPECT_EQ(refusal(policy("s3:*", kTable)), R"(The following action names are invalid: "s3:*")");
  EXPECT_EQ(refusal(policy("dynamodb:GetRecords", kStream), PolicyOwner::Kind::kStream), "accepted");
  EXPECT_EQ(refusal(policy("dynamodb:GetItem", kStream), PolicyOwner::Kind::kStream),
            R"(The following action names are invalid: "dynamodb:GetItem")");
}

// A table's policy is of the table and its indexes, a stream's of the stream alone.
TEST(ResourcePolicies, NameTheirOwnResource) {
  const std::string index = "/index/";
  for (const std::string& own : {kTable, kTable + index + "*", kTable + index + "idx", std::string("*"),
                                 kTable.substr(0, kTable.size() - 1) + "*"}) {
    EXPECT_EQ(refusal(policy("dynamodb:Query", own)), "accepted") << own;
  }
  for (const std::string& other :
       {kTable + "2", kTable + "2" + index + "*", kStream, std::string("arn:aws:s3:::bucket")}) {
    EXPECT_EQ(refusal(policy("dynamodb:Query", other)),
              "The following resources are invalid: \"" + other + "\"");
  }
  EXPECT_EQ(refusal(policy("dynamodb:GetRecords", kTable), PolicyOwner::Kind::kStream),
            "The following resources are invalid: \"" + kTable + "\"");
}

// Nobody opens a table to the whole world by mistake.
TEST(ResourcePolicies, LetNotEverybodyIn) {
  constexpr const char* kPublic = "The policy allows public access, which is blocked";
  EXPECT_EQ(refusal(policy("dynamodb:GetItem", kTable, R"("*")")), kPublic);
  const std::string from_account =
      R"(, "Condition": {"StringEquals": {"aws:PrincipalAccount": "123456789012"}})";
  EXPECT_EQ(refusal(policy("dynamodb:GetItem", kTable, R"("*")", from_account)), "accepted");
  const std::string from_net = R"(, "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/16"}})";
  EXPECT_EQ(refusal(policy("dynamodb:GetItem", kTable, R"("*")", from_net)), kPublic);
}

// What is no policy, and what is too long, is told in the same form.
TEST(ResourcePolicies, ArePolicies) {
  EXPECT_NE(refusal("{}"), "accepted");
  EXPECT_NE(refusal("not json"), "accepted");
  const std::string fits = policy("dynamodb:GetItem", kTable);
  EXPECT_EQ(refusal(fits + std::string(20 * 1024 - fits.size(), ' ')), "accepted");
  EXPECT_EQ(refusal(fits + std::string(20 * 1024 + 1 - fits.size(), ' ')),
            "The size of the policy exceeds the limit of 20480 bytes");
}

// A policy outlives a restart with the ids of those it names.
TEST(ResourcePolicies, AreKept) {
  ResourcePolicy kept{.text = policy("dynamodb:GetItem", kTable), .revision = "7"};
  kept.pins["arn:aws:iam::123456789012:user/ann"] = "AIDAQNZGKIQY56JQ7WMLA";
  const ResourcePolicy read = policy_of(policy_document(kept));
  EXPECT_EQ(read.text, kept.text);
  EXPECT_EQ(read.revision, "7");
  EXPECT_EQ(read.pins, kept.pins);
  EXPECT_NE(read.parsed, nullptr);
}

}  // namespace
}  // namespace haneul::dynamodb
