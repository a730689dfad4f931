// The known roads from few rights to more, each tried by a user who may use S3 only, and the edges of each
// rule that lets somebody else through.
#include <gtest/gtest.h>

#include "gen/iam/schema.h"
#include "services/iam/testing.h"

namespace haneul::iam {
namespace {

using Object = Document::Object;
using platform::Caller;

class Escalation : public testing::Test, public TestIam {
 protected:
  Escalation() {
    iam.ensure_account(seed());
    ann = caller_of_key("AKIAANN");
    put_role("admin", trust(R"({"Service":"lambda.amazonaws.com"})"));
    call("AttachRolePolicy", Object{{"RoleName", "admin"}, {"PolicyArn", kAdministrator}});
  }
  void grant(const std::string& document) {
    call("PutUserPolicy", Object{{"UserName", "ann"}, {"PolicyName", "p"}, {"PolicyDocument", document}});
  }
  Document with_policy() const { return Object{{"UserName", "ann"}, {"PolicyArn", kAdministrator}}; }

  static constexpr const char* kAdministrator = "arn:aws:iam::aws:policy/AdministratorAccess";
  Caller ann;
};

// A valid input for each member by its model, so that the access check is what refuses.
Document input_of(const model::Shape& shape);
Document value_of(const model::Shape& shape, std::string_view name) {
  switch (shape.kind) {
    case model::ShapeKind::kBoolean: return true;
    case model::ShapeKind::kInteger:
    case model::ShapeKind::kLong: return static_cast<int64_t>(shape.min.value_or(1));
    case model::ShapeKind::kList: {
      Document list = Document::array();
      list.push(value_of(*shape.element, name));
      return list;
    }
    case model::ShapeKind::kStructure: return input_of(shape);
    default: break;
  }
  if (!shape.enums.empty()) return shape.enums[0];
  if (name == "PolicyArn" || name == "PolicySourceArn" || name == "PermissionsBoundary") {
    return "arn:aws:iam::123456789012:policy/p";
  }
  if (name == "AccessKeyId") return "AKIAIOSFODNN7EXAMPLE";
  if (name == "VersionId") return "v1";
  if (name == "AWSServiceName") return "lambda.amazonaws.com";
  return "ann";
}
Document input_of(const model::Shape& shape) {
  Document out = Document::object();
  for (const model::Member& member : shape.members) {
    if (member.required) out.set(member.name, value_of(*member.shape, member.name));
  }
  return out;
}

// Whoever has no right of IAM can call none of its operations: each one that is served, also new ones.
TEST_F(Escalation, AnS3UserCanCallNoOperationOfIam) {
  size_t tried = 0;
  for (const model::OperationModel* operation : service_model().operations) {
    if (table.find(service_model(), operation->name) == nullptr) continue;
    ++tried;
    const Document input = operation->input == nullptr ? Document::object() : input_of(*operation->input);
    const std::string refused = refusal(ann, "iam", operation->name, input);
    const std::string wanted =
        "AccessDenied: User: arn:aws:iam::123456789012:user/ann is not authorized to "
        "perform: iam:" +
        std::string(operation->name) + " on resource: ";
    EXPECT_TRUE(refused.starts_with(wanted)) << operation->name << ": " << refused;
  }
  EXPECT_GE(tried, 85u);
}

// Rights over oneself are the classic way up: each is refused unless the policy names it.
TEST_F(Escalation, AttachingIsHeldToThePolicyThatMayBeAttached) {
  grant(R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:AttachUserPolicy",)"
        R"("Resource":"*","Condition":{"ArnEquals":{"iam:PolicyARN":)"
        R"("arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"}}}]})");
  EXPECT_TRUE(refusal(ann, "iam", "AttachUserPolicy", with_policy()).starts_with("AccessDenied"));
  EXPECT_EQ(
      refusal(ann, "iam", "AttachUserPolicy",
              Object{{"UserName", "ann"}, {"PolicyArn", "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"}}),
      "done");
}

// Delegated administration: who may make users only with a boundary must not make one without, nor take it
// off.
TEST_F(Escalation, BoundariesHoldWhoMakesUsers) {
  const std::string boundary = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess";
  grant(R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:CreateUser",)"
        R"("iam:PutUserPolicy","iam:CreateAccessKey","iam:PutUserPermissionsBoundary",)"
        R"("iam:DeleteUserPermissionsBoundary"],"Resource":"*","Condition":{"StringEquals":)"
        R"({"iam:PermissionsBoundary":")" +
        boundary +
        R"("}}},{"Effect":"Allow","Action":"iam:CreateAccessKey","Resource":"*"},)"
        R"({"Effect":"Deny","Action":"iam:DeleteUserPermissionsBoundary","Resource":"*"}]})");
  EXPECT_TRUE(refusal(ann, "iam", "CreateUser", Object{{"UserName", "eve"}}).starts_with("AccessDenied"));
  EXPECT_EQ(refusal(ann, "iam", "CreateUser", Object{{"UserName", "eve"}, {"PermissionsBoundary", boundary}}),
            "done");
  const Object all_rights{{"UserName", "eve"}, {"PolicyName", "all"}, {"PolicyDocument", allow("*")}};
  EXPECT_EQ(refusal(ann, "iam", "PutUserPolicy", all_rights), "done");
  EXPECT_TRUE(refusal(ann, "iam", "DeleteUserPermissionsBoundary", Object{{"UserName", "eve"}})
                  .starts_with("AccessDenied"));
  EXPECT_TRUE(refusal(ann, "iam", "PutUserPermissionsBoundary",
                      Object{{"UserName", "eve"}, {"PermissionsBoundary", kAdministrator}})
                  .starts_with("AccessDenied"));
  const Document key = call(ann, "iam", "CreateAccessKey", Object{{"UserName", "eve"}});
  const Caller eve = caller_of_key(at(key, "AccessKey", "AccessKeyId").as_string());
  const std::string refused = refusal(eve, "iam", "ListUsers");
  EXPECT_NE(refused.find("because no permissions boundary allows the iam:ListUsers action"),
            std::string::npos)
      << refused;
}

// A rename must not move a user under a path that somebody else's policy trusts.
TEST_F(Escalation, RenamesAreJudgedAtBothEnds) {
  grant(allow("iam:UpdateUser", "arn:aws:iam::123456789012:user/ann"));
  EXPECT_TRUE(refusal(ann, "iam", "UpdateUser", Object{{"UserName", "ann"}, {"NewPath", "/admins/"}})
                  .starts_with("AccessDenied"));
}

// Handing a role to machines is passing it, and needs the right to pass that very role.
TEST_F(Escalation, InstanceProfilesNeedPassRole) {
  call("CreateInstanceProfile", Object{{"InstanceProfileName", "i"}});
  const Object add{{"InstanceProfileName", "i"}, {"RoleName", "admin"}};
  grant(allow("iam:AddRoleToInstanceProfile"));
  const std::string refused = refusal(ann, "iam", "AddRoleToInstanceProfile", add);
  EXPECT_NE(refused.find("perform: iam:PassRole on resource: arn:aws:iam::123456789012:role/admin"),
            std::string::npos)
      << refused;
}

// Tags open doors in policies that look at them, so tagging is held to the keys and values that are allowed.
TEST_F(Escalation, TagsAreJudgedByKeyAndValue) {
  grant(R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:TagUser","Resource":"*",)"
        R"("Condition":{"ForAllValues:StringEquals":{"aws:TagKeys":["colour"]}}}]})");
  const auto tag = [](const char* key) {
    return Object{{"UserName", "ann"}, {"Tags", Document::Array{Object{{"Key", key}, {"Value", "admin"}}}}};
  };
  EXPECT_TRUE(refusal(ann, "iam", "TagUser", tag("role")).starts_with("AccessDenied"));
  EXPECT_EQ(refusal(ann, "iam", "TagUser", tag("colour")), "done");
}

// Another account's entities are out of reach even for an administrator.
TEST_F(Escalation, AccountsAreApart) {
  AccountSeed other{.id = AccountId("210987654321")};
  other.root_keys = {{"AKIAOTHER", Secret<std::string>("s")}};
  iam.ensure_account(other);
  const Caller stranger = caller_of_key("AKIAOTHER");
  EXPECT_TRUE(refusal(stranger, "iam", "GetUser", Object{{"UserName", "ann"}}).starts_with("NoSuchEntity"));
  EXPECT_TRUE(refusal(stranger, "iam", "DeleteAccessKey",
                      Object{{"AccessKeyId", "AKIAANNAAAAAAAAAAAAA"}, {"UserName", "ann"}})
                  .starts_with("NoSuchEntity"));
  const Document own = call("CreatePolicy", Object{{"PolicyName", "p"}, {"PolicyDocument", allow("*")}});
  const std::string arn = at(own, "Policy", "Arn").as_string();
  EXPECT_TRUE(refusal(stranger, "iam", "GetPolicy", Object{{"PolicyArn", arn}}).starts_with("NoSuchEntity"));
  EXPECT_TRUE(refusal(stranger, "iam", "CreatePolicyVersion",
                      Object{{"PolicyArn", arn}, {"PolicyDocument", allow("*")}, {"SetAsDefault", true}})
                  .starts_with("AccessDenied"));
}

}  // namespace
}  // namespace haneul::iam
