#include <gtest/gtest.h>

#include "base/json.h"
#include "base/text.h"
#include "services/iam/check.h"
#include "services/iam/testing.h"

namespace haneul::iam {
namespace {

using Object = Document::Object;

class Operations : public testing::Test, public TestIam {
 protected:
  void user(const std::string& name) { call("CreateUser", Object{{"UserName", name}}); }
  void role(const std::string& name) {
    call("CreateRole", Object{{"RoleName", name},
                              {"AssumeRolePolicyDocument", trust(R"({"Service":"lambda.amazonaws.com"})")}});
  }
  std::string policy(const std::string& name, const std::string& document) {
    const Document made = call("CreatePolicy", Object{{"PolicyName", name}, {"PolicyDocument", document}});
    return at(made, "Policy", "Arn").as_string();
  }
  void TearDown() override { EXPECT_EQ(check(*db), std::vector<std::string>()); }
  const std::string all = allow("*");
};

// Names tell entities apart without regard to case, and a rename carries keys and memberships with it.
TEST_F(Operations, NamesIgnoreCaseAndRenamesCarryAll) {
  user("Ann");
  EXPECT_EQ(refusal("CreateUser", Object{{"UserName", "ANN"}}),
            "EntityAlreadyExists: User with name ANN already exists.");
  const Document key = call("CreateAccessKey", Object{{"UserName", "ann"}});
  call("CreateGroup", Object{{"GroupName", "Staff"}});
  call("AddUserToGroup", Object{{"GroupName", "staff"}, {"UserName", "ann"}});
  call("UpdateGroup", Object{{"GroupName", "Staff"}, {"NewGroupName", "Crew"}, {"NewPath", "/x/"}});
  call("UpdateUser", Object{{"UserName", "Ann"}, {"NewUserName", "ann"}});
  call("UpdateUser", Object{{"UserName", "ann"}, {"NewUserName", "bob"}, {"NewPath", "/team/"}});
  EXPECT_EQ(refusal("GetUser", Object{{"UserName", "ann"}}),
            "NoSuchEntity: The user with name ann cannot be found.");
  const std::string id = at(key, "AccessKey", "AccessKeyId").as_string();
  EXPECT_EQ(caller_of_key(id).arn, "arn:aws:iam::123456789012:user/team/bob");
  const Document groups = call("ListGroupsForUser", Object{{"UserName", "bob"}});
  EXPECT_EQ(at(groups.find("Groups")->as_array().at(0), "Arn").as_string(),
            "arn:aws:iam::123456789012:group/x/Crew");
  const Document crew = call("GetGroup", Object{{"GroupName", "crew"}});
  EXPECT_EQ(at(crew.find("Users")->as_array().at(0), "UserName").as_string(), "bob");
}

// Nothing may be deleted while something hangs on it: what hung would be left without its meaning.
TEST_F(Operations, DeletesRefuseWhatIsInUse) {
  user("ann");
  call("CreateGroup", Object{{"GroupName", "g"}});
  call("AddUserToGroup", Object{{"GroupName", "g"}, {"UserName", "ann"}});
  const Document in_group = Object{{"UserName", "ann"}};
  EXPECT_EQ(refusal("DeleteUser", in_group),
            "DeleteConflict: Cannot delete entity, must remove users from group first.");
  EXPECT_EQ(refusal("DeleteGroup", Object{{"GroupName", "g"}}),
            "DeleteConflict: Cannot delete entity, must remove users from group first.");
  role("r");
  const std::string arn = policy("p", all);
  call("AttachRolePolicy", Object{{"RoleName", "r"}, {"PolicyArn", arn}});
  EXPECT_EQ(refusal("DeleteRole", Object{{"RoleName", "r"}}),
            "DeleteConflict: Cannot delete entity, must detach all policies first.");
  EXPECT_EQ(refusal("DeletePolicy", Object{{"PolicyArn", arn}}),
            "DeleteConflict: Cannot delete a policy attached to entities.");
  call("CreateInstanceProfile", Object{{"InstanceProfileName", "i"}});
  call("AddRoleToInstanceProfile", Object{{"InstanceProfileName", "i"}, {"RoleName", "r"}});
  EXPECT_EQ(refusal("AddRoleToInstanceProfile", Object{{"InstanceProfileName", "i"}, {"RoleName", "r"}}),
            "LimitExceeded: Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1");
  call("DetachRolePolicy", Object{{"RoleName", "r"}, {"PolicyArn", arn}});
  EXPECT_EQ(refusal("DeleteRole", Object{{"RoleName", "r"}}),
            "DeleteConflict: Cannot delete entity, must remove roles from instance profile first.");
  EXPECT_EQ(refusal("DeleteInstanceProfile", Object{{"InstanceProfileName", "i"}}),
            "DeleteConflict: Cannot delete entity, must remove roles from instance profile first.");
  call("RemoveRoleFromInstanceProfile", Object{{"InstanceProfileName", "i"}, {"RoleName", "r"}});
  call("PutUserPermissionsBoundary", Object{{"UserName", "ann"}, {"PermissionsBoundary", arn}});
  EXPECT_EQ(refusal("DeletePolicy", Object{{"PolicyArn", arn}}),
            "DeleteConflict: Cannot delete a policy attached to entities.");
  call("DeleteUserPermissionsBoundary", Object{{"UserName", "ann"}});
  call("DeleteRole", Object{{"RoleName", "r"}});
  call("DeletePolicy", Object{{"PolicyArn", arn}});
  call("DeleteInstanceProfile", Object{{"InstanceProfileName", "i"}});
}

// The default version is what judges requests; the other versions wait for their turn.
TEST_F(Operations, PolicyVersions) {
  const std::string arn = policy("p", all);
  const auto create = [&](bool set_default) {
    return Object{{"PolicyArn", arn}, {"PolicyDocument", allow("s3:*")}, {"SetAsDefault", set_default}};
  };
  call("CreatePolicyVersion", create(false));
  EXPECT_EQ(at(call("GetPolicy", Object{{"PolicyArn", arn}}), "Policy", "DefaultVersionId").as_string(),
            "v1");
  call("CreatePolicyVersion", create(true));
  EXPECT_EQ(refusal("DeletePolicyVersion", Object{{"PolicyArn", arn}, {"VersionId", "v3"}}),
            "DeleteConflict: Cannot delete the default version of a policy.");
  call("DeletePolicyVersion", Object{{"PolicyArn", arn}, {"VersionId", "v1"}});
  for (int i = 0; i < 3; ++i) call("CreatePolicyVersion", create(false));
  EXPECT_TRUE(
      refusal("CreatePolicyVersion", create(false)).starts_with("LimitExceeded: A managed policy can"));
  const Document versions = call("ListPolicyVersions", Object{{"PolicyArn", arn}});
  EXPECT_EQ(at(versions.find("Versions")->as_array().at(0), "VersionId").as_string(), "v6");
  const Document third = call("GetPolicyVersion", Object{{"PolicyArn", arn}, {"VersionId", "v3"}});
  EXPECT_EQ(uri_decode(at(third, "PolicyVersion", "Document").as_string()), allow("s3:*"));
  EXPECT_TRUE(
      refusal("DeletePolicy", Object{{"PolicyArn", arn}}).starts_with("DeleteConflict: This policy has"));
  EXPECT_TRUE(refusal("SetDefaultPolicyVersion", Object{{"PolicyArn", arn}, {"VersionId", "v1"}})
                  .starts_with("NoSuchEntity"));
}

// AWS's own policies can be attached and read, and belong to nobody here.
TEST_F(Operations, AwsManagedPolicies) {
  user("ann");
  const std::string arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
  call("AttachUserPolicy", Object{{"UserName", "ann"}, {"PolicyArn", arn}});
  call("AttachUserPolicy", Object{{"UserName", "ann"}, {"PolicyArn", arn}});
  const Document shown = call("GetPolicy", Object{{"PolicyArn", arn}});
  EXPECT_EQ(at(shown, "Policy", "AttachmentCount").as_int(), 1);
  EXPECT_EQ(refusal("AttachUserPolicy",
                    Object{{"UserName", "ann"}, {"PolicyArn", "arn:aws:iam::aws:policy/NoSuchPolicy"}}),
            "NoSuchEntity: Policy arn:aws:iam::aws:policy/NoSuchPolicy does not exist or is not attachable.");
  EXPECT_TRUE(refusal("DeletePolicy", Object{{"PolicyArn", arn}}).starts_with("AccessDenied"));
  const Document entities = call("ListEntitiesForPolicy", Object{{"PolicyArn", arn}});
  EXPECT_EQ(at(entities.find("PolicyUsers")->as_array().at(0), "UserName").as_string(), "ann");
  call("DetachUserPolicy", Object{{"UserName", "ann"}, {"PolicyArn", arn}});
  EXPECT_EQ(refusal("DetachUserPolicy", Object{{"UserName", "ann"}, {"PolicyArn", arn}}),
            "NoSuchEntity: Policy " + arn + " was not found.");
}

// Sizes and counts that AWS limits, with its words: templates that pass here must pass there.
TEST_F(Operations, Quotas) {
  user("ann");
  for (int i = 0; i < 10; ++i) {
    const std::string arn = policy("p" + std::to_string(i), all);
    call("AttachUserPolicy", Object{{"UserName", "ann"}, {"PolicyArn", arn}});
  }
  const std::string eleventh = policy("p10", all);
  EXPECT_EQ(refusal("AttachUserPolicy", Object{{"UserName", "ann"}, {"PolicyArn", eleventh}}),
            "LimitExceeded: Cannot exceed quota for PoliciesPerUser: 10");
  const std::string wide = allow("s3:*", "arn:aws:s3:::" + std::string(2000, 'x'));
  EXPECT_EQ(
      refusal("PutUserPolicy", Object{{"UserName", "ann"}, {"PolicyName", "wide"}, {"PolicyDocument", wide}}),
      "LimitExceeded: Maximum policy size of 2048 bytes exceeded for user ann");
  const std::string blank = allow("s3:*") + std::string(2048, ' ');
  call("PutUserPolicy", Object{{"UserName", "ann"}, {"PolicyName", "blank"}, {"PolicyDocument", blank}});
  EXPECT_TRUE(
      refusal("PutUserPolicy", Object{{"UserName", "ann"}, {"PolicyName", "bad"}, {"PolicyDocument", "{}"}})
          .starts_with("MalformedPolicyDocument: "));
  const std::string ghost = trust(R"({"AWS":"arn:aws:iam::123456789012:user/ghost"})");
  iam.ensure_account({.id = account});
  EXPECT_EQ(refusal("CreateRole", Object{{"RoleName", "r"}, {"AssumeRolePolicyDocument", ghost}}),
            "MalformedPolicyDocument: Invalid principal in policy: "
            "\"AWS\":\"arn:aws:iam::123456789012:user/ghost\"");
}

// Long lists come in pages that neither miss nor repeat an entry, and a marker is good for its own list only.
TEST_F(Operations, Pages) {
  for (const char* name : {"d", "B", "a", "E", "c"}) user(name);
  std::string seen;
  Document input = Object{{"MaxItems", 2}};
  for (;;) {
    const Document page = call("ListUsers", input);
    for (const Document& each : page.find("Users")->as_array()) seen += each.string_or("UserName", "");
    if (!page.find("IsTruncated")->as_bool()) break;
    input.set("Marker", page.string_or("Marker", ""));
    EXPECT_EQ(refusal("ListGroups", Object{{"Marker", page.string_or("Marker", "")}}),
              "ValidationError: Invalid Marker.");
  }
  EXPECT_EQ(seen, "aBcdE");
}

// Tags are found again as condition keys; their keys ignore case as IAM's do.
TEST_F(Operations, Tags) {
  user("ann");
  const auto tag = [](const char* key, const char* value) {
    return Document(Object{{"Key", key}, {"Value", value}});
  };
  call("TagUser", Object{{"UserName", "ann"}, {"Tags", Document::Array{tag("Team", "a"), tag("x", "y")}}});
  call("TagUser", Object{{"UserName", "ann"}, {"Tags", Document::Array{tag("team", "b")}}});
  call("UntagUser", Object{{"UserName", "ann"}, {"TagKeys", Document::Array{"X"}}});
  const Document tags = call("ListUserTags", Object{{"UserName", "ann"}});
  ASSERT_EQ(tags.find("Tags")->as_array().size(), 1u);
  EXPECT_EQ(at(tags.find("Tags")->as_array()[0], "Value").as_string(), "b");
  EXPECT_TRUE(refusal("TagUser", Object{{"UserName", "ann"}, {"Tags", Document::Array{tag("aws:x", "y")}}})
                  .starts_with("InvalidInput"));
}

// The simulator must say what the engine would do, and where in the text it is said.
TEST_F(Operations, Simulation) {
  user("ann");
  call("PutUserPolicy",
       Object{{"UserName", "ann"},
              {"PolicyName", "own"},
              {"PolicyDocument", allow("s3:Get*", "arn:aws:s3:::${aws:username}/${aws:PrincipalTag/team}")}});
  const Document input = Object{{"PolicySourceArn", "arn:aws:iam::123456789012:user/ann"},
                                {"ActionNames", Document::Array{"s3:GetObject", "s3:PutObject"}},
                                {"ResourceArns", Document::Array{"arn:aws:s3:::ann/sky"}}};
  const Document blind = call("SimulatePrincipalPolicy", input);
  const Document& first = blind.find("EvaluationResults")->as_array().at(0);
  EXPECT_EQ(first.string_or("EvalDecision", ""), "implicitDeny");
  EXPECT_EQ(at(first, "MissingContextValues").as_array().at(0).as_string(), "aws:PrincipalTag/team");
  Document told = input;
  told.set("ContextEntries", Document::Array{Object{{"ContextKeyName", "aws:PrincipalTag/team"},
                                                    {"ContextKeyType", "string"},
                                                    {"ContextKeyValues", Document::Array{"sky"}}}});
  const Document seen = call("SimulatePrincipalPolicy", told);
  const Document& allowed = seen.find("EvaluationResults")->as_array().at(0);
  EXPECT_EQ(allowed.string_or("EvalDecision", ""), "allowed");
  const Document& matched = at(allowed, "MatchedStatements").as_array().at(0);
  EXPECT_EQ(matched.string_or("SourcePolicyId", ""), "own");
  EXPECT_EQ(at(matched, "StartPosition", "Column").as_int(), 38);
  const Document keys = call("GetContextKeysForPrincipalPolicy",
                             Object{{"PolicySourceArn", "arn:aws:iam::123456789012:user/ann"}});
  EXPECT_EQ(keys.find("ContextKeyNames")->as_array().size(), 2u);
}

// The checker finds what can only come from a defect of ours.
TEST(Check, FindsWhatIsBroken) {
  TestIam test;
  test.iam.ensure_account(test.seed());
  EXPECT_EQ(check(*test.db), std::vector<std::string>());
  test.directory().write(test.account, [](Rows& rows) {
    auto user = rows.require<record::User>("ann");
    user.access_keys = {"AKIAGONE"};
    user.groups = {"nobody"};
    user.attached_policies = {"arn:aws:iam::123456789012:policy/gone"};
    rows.put(user);
  });
  EXPECT_EQ(check(*test.db).size(), 4u) << "key without row, group, policy, and key without owner";
}

}  // namespace
}  // namespace haneul::iam
