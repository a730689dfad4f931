// FunctionUrlConfig: what the transform makes of it.
#include <gtest/gtest.h>

#include "base/json.h"
#include "base/yaml.h"
#include "model/error.h"
#include "services/cloudformation/sam/transform.h"

namespace haneul::cloudformation {
namespace {

Document resources(const std::string& more) {
  const std::string text =
      "Transform: AWS::Serverless-2016-10-31\nResources:\n  Fn:\n    Type: AWS::Serverless::Function\n"
      "    Properties:\n      Handler: a.b\n      Runtime: python3.11\n      CodeUri: s3://code/key.zip\n" +
      more;
  return *sam::transform(parse_yaml(text), {.region = "eu-west-1", .parameters = {}}).find("Resources");
}

std::string properties(const Document& from, std::string_view id) {
  const Document* found = from.find(id);
  return found == nullptr ? std::string() : write_json(*found->find("Properties"));
}

// A public URL needs two permissions since October 2025; the alias, where there is one, is what it leads to.
TEST(SamFunctionUrl, OpensPublicUrls) {
  const Document out = resources(
      "      AutoPublishAlias: live\n"
      "      FunctionUrlConfig: {AuthType: NONE, InvokeMode: RESPONSE_STREAM}\n");
  EXPECT_EQ(properties(out, "FnUrl"), R"({"AuthType":"NONE","InvokeMode":"RESPONSE_STREAM",)"
                                      R"("TargetFunctionArn":{"Ref":"FnAliaslive"}})");
  EXPECT_EQ(properties(out, "FnUrlPublicPermissions"),
            R"({"FunctionName":{"Ref":"FnAliaslive"},"Principal":"*","Action":"lambda:InvokeFunctionUrl",)"
            R"("FunctionUrlAuthType":"NONE"})");
  EXPECT_EQ(properties(out, "FnURLInvokeAllowPublicAccess"),
            R"({"FunctionName":{"Ref":"FnAliaslive"},"Principal":"*","Action":"lambda:InvokeFunction",)"
            R"("InvokedViaFunctionUrl":true})");
}

// With AWS_IAM nothing is opened; without a type, or with something unknown, nothing is made.
TEST(SamFunctionUrl, OpensNothingElse) {
  const Document out = resources("      FunctionUrlConfig: {AuthType: AWS_IAM}\n");
  EXPECT_NE(properties(out, "FnUrl"), "");
  EXPECT_EQ(properties(out, "FnUrlPublicPermissions"), "");
  EXPECT_EQ(properties(out, "FnURLInvokeAllowPublicAccess"), "");
  for (const char* config : {"x", "{}", "{AuthType: {Ref: P}}", "{AuthType: NONE, Other: 1}"}) {
    EXPECT_THROW(resources(std::string("      FunctionUrlConfig: ") + config + "\n"), model::ServiceError)
        << config;
  }
}

}  // namespace
}  // namespace haneul::cloudformation
