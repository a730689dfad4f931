#include "services/lambda/lambda_fixture.h"

namespace haneul::lambda {
namespace {

class AccessTest : public test::LambdaFixture {
 protected:
  AccessTest() { call<op::CreateFunction>(function("f")); }
  void become(const char* access_key_id) {
    caller = house.iam.identities().find_credential(access_key_id, "").credential->caller;
  }
  void become_s3(const std::string& source_account, const std::string& source_arn) {
    caller = platform::Caller::of_service("s3.amazonaws.com", AccountId(source_account), source_arn);
  }
  Document permission(const char* id, const char* principal) {
    return of({{"FunctionName", "f"},
               {"StatementId", id},
               {"Action", "lambda:InvokeFunction"},
               {"Principal", principal}});
  }
};

// Denied means denied: a user with other rights can neither call nor change functions.
TEST_F(AccessTest, DeniesWhatNoPolicyAllows) {
  become("AKIAANN");
  EXPECT_NE(refusal<op::Invoke>(of({{"FunctionName", "f"}}))
                .find("not authorized to perform: "
                      "lambda:InvokeFunction on resource: "),
            std::string::npos);
  EXPECT_EQ(refusal<op::ListFunctions>(Document::object()), "");
  EXPECT_TRUE(refusal<op::GetFunction>(of({{"FunctionName", "f"}})).starts_with("AccessDenied"));
  EXPECT_TRUE(refusal<op::DeleteFunction>(of({{"FunctionName", "f"}})).starts_with("AccessDenied"));
  EXPECT_TRUE(functions.invocations.empty());
}

// A function's policy lets a service call it, for the bucket that it names and no other.
TEST_F(AccessTest, LetsAServiceInForItsSource) {
  const platform::Caller owner = caller;
  Document grant = permission("bucket", "s3.amazonaws.com");
  grant.set("SourceArn", "arn:aws:s3:::incoming");
  grant.set("SourceAccount", "123456789012");
  const std::string statement = text(call<op::AddPermission>(grant), "Statement");
  EXPECT_EQ(parse_json(statement).find("Principal")->string_or("Service", ""), "s3.amazonaws.com");
  become_s3("123456789012", "arn:aws:s3:::incoming");
  EXPECT_EQ(refusal<op::Invoke>(of({{"FunctionName", "f"}})), "");
  become_s3("123456789012", "arn:aws:s3:::other");
  EXPECT_TRUE(refusal<op::Invoke>(of({{"FunctionName", "f"}})).starts_with("AccessDenied"));
  become_s3("999999999999", "arn:aws:s3:::incoming");
  EXPECT_TRUE(refusal<op::Invoke>(of({{"FunctionName", "f"}})).starts_with("AccessDenied"));
  caller = owner;
  call<op::RemovePermission>(of({{"FunctionName", "f"}, {"StatementId", "bucket"}}));
  become_s3("123456789012", "arn:aws:s3:::incoming");
  EXPECT_TRUE(refusal<op::Invoke>(of({{"FunctionName", "f"}})).starts_with("AccessDenied"));
}

// Statement ids are the handle for removal, so they are unique; what is not there is said to be missing.
TEST_F(AccessTest, KeepsStatementsByTheirId) {
  EXPECT_EQ(refusal<op::GetPolicy>(of({{"FunctionName", "f"}})),
            "ResourceNotFoundException: The resource you requested does not exist.");
  call<op::AddPermission>(permission("s", "111122223333"));
  EXPECT_TRUE(refusal<op::AddPermission>(permission("s", "111122223333"))
                  .starts_with("ResourceConflictException: The statement id (s) provided already exists."));
  EXPECT_TRUE(refusal<op::AddPermission>(permission("t", "nobody"))
                  .starts_with("InvalidParameterValueException: The provided principal was invalid."));
  const Document policy = parse_json(text(call<op::GetPolicy>(of({{"FunctionName", "f"}})), "Policy"));
  EXPECT_EQ(policy.find("Statement")->as_array()[0].find("Principal")->string_or("AWS", ""),
            "arn:aws:iam::111122223333:root");
  EXPECT_TRUE(refusal<op::RemovePermission>(of({{"FunctionName", "f"}, {"StatementId", "x"}}))
                  .starts_with("ResourceNotFoundException: Statement x is not found"));
}

// Who may make functions may not thereby hand out any role.
TEST_F(AccessTest, AsksForPassRole) {
  iam::UserSeed maker{.name = "maker", .keys = {{"AKIAMAKER", Secret<std::string>("maker-secret")}}};
  maker.inline_policies = {{"make", R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow",)"
                                    R"("Action":"lambda:*","Resource":"*"}]})"}};
  house.iam.ensure_account({.id = house.account, .users = {maker}});
  become("AKIAMAKER");
  EXPECT_NE(refusal<op::CreateFunction>(function("g"))
                .find("not authorized to perform: iam:PassRole on "
                      "resource: " +
                      role),
            std::string::npos);
  EXPECT_EQ(refusal<op::UpdateFunctionConfiguration>(of({{"FunctionName", "f"}, {"Timeout", 4}})), "");
  EXPECT_NE(refusal<op::UpdateFunctionConfiguration>(of({{"FunctionName", "f"}, {"Role", role}}))
                .find("iam:PassRole"),
            std::string::npos);
}

// Layers are part of what runs: they are put before the code, shared by permission only.
TEST_F(AccessTest, SharesLayersByPermission) {
  const Document made = call<op::PublishLayerVersion>(of({{"LayerName", "l"}, {"Content", code("words")}}));
  const std::string arn = "arn:aws:lambda:eu-west-1:123456789012:layer:l:1";
  EXPECT_EQ(text(made, "LayerVersionArn"), arn);
  Document input = function("g");
  input.set("Layers", Document::Array{arn});
  const Document with_layer = call<op::CreateFunction>(input);
  EXPECT_EQ(with_layer.find("Layers")->as_array()[0].string_or("Arn", ""), arn);
  invoke("g");
  EXPECT_EQ(functions.images.back()->layer_directories.size(), 1u);
  // A function keeps the layer that was withdrawn.
  call<op::DeleteLayerVersion>(of({{"LayerName", "l"}, {"VersionNumber", 1}}));
  EXPECT_TRUE(refusal<op::GetLayerVersion>(of({{"LayerName", "l"}, {"VersionNumber", 1}}))
                  .starts_with("ResourceNotFoundException"));
  executor.advance(Seconds(3'600));
  invoke("g");
  EXPECT_TRUE(std::filesystem::exists(functions.images.back()->layer_directories[0]));
  // The next version never takes the old number again.
  EXPECT_EQ(call<op::PublishLayerVersion>(of({{"LayerName", "l"}, {"Content", code("2")}}))
                .find("Version")
                ->as_int(),
            2);
}

// Another account uses a layer only after it was shared with it.
TEST_F(AccessTest, ForeignLayersNeedAGrant) {
  call<op::PublishLayerVersion>(of({{"LayerName", "l"}, {"Content", code("words")}}));
  const platform::Caller owner = caller;
  const Document wanted = of({{"Arn", "arn:aws:lambda:eu-west-1:123456789012:layer:l:1"}});
  const auto become_stranger = [&] {
    caller.account = AccountId("999999999999");
    caller.arn = "arn:aws:iam::999999999999:root";
  };
  become_stranger();
  EXPECT_TRUE(refusal<op::GetLayerVersionByArn>(wanted).starts_with("AccessDenied"));
  caller = owner;
  call<op::AddLayerVersionPermission>(of({{"LayerName", "l"},
                                          {"VersionNumber", 1},
                                          {"StatementId", "all"},
                                          {"Action", "lambda:GetLayerVersion"},
                                          {"Principal", "999999999999"}}));
  become_stranger();
  EXPECT_EQ(refusal<op::GetLayerVersionByArn>(wanted), "");
}

// Tags are what cost is divided by.
TEST_F(AccessTest, KeepsTags) {
  const Document arn = of({{"Resource", arn_start + "f"}});
  call<op::TagResource>(of({{"Resource", arn_start + "f"}, {"Tags", of({{"a", "1"}, {"b", "2"}})}}));
  call<op::UntagResource>(of({{"Resource", arn_start + "f"}, {"TagKeys", Document::Array{"a"}}}));
  EXPECT_EQ(write_json(call<op::ListTags>(arn)), R"({"Tags":{"b":"2"}})");
  EXPECT_TRUE(refusal<op::TagResource>(of({{"Resource", arn_start + "f"}, {"Tags", of({{"aws:x", "1"}})}}))
                  .starts_with("InvalidParameterValueException"));
}

}  // namespace
}  // namespace haneul::lambda
