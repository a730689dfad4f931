// The SAM transform: the resources that the specification says a serverless resource becomes, under the
// documented ids, and refusals that name what is missing.
#include "services/cloudformation/sam/transform.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "base/json.h"
#include "base/yaml.h"
#include "model/error.h"

namespace haneul::cloudformation {
namespace {

Document transformed(const std::string& yaml, ParameterTexts parameters = {}) {
  return sam::transform(parse_yaml(yaml), {.region = "eu-west-1", .parameters = std::move(parameters)});
}
const Document& at(const Document& document) { return document; }
template <class... Rest>
const Document& at(const Document& document, std::string_view key, const Rest&... rest) {
  static const Document none;
  const Document* found = document.find(key);
  return found == nullptr ? none : at(*found, rest...);
}
std::string json(const Document& document) { return write_json(document); }
std::vector<std::string> ids(const Document& document) {
  std::vector<std::string> out;
  for (const auto& [id, resource] : document.find("Resources")->as_object()) {
    out.push_back(id + " " + resource.string_or("Type", ""));
  }
  std::ranges::sort(out);
  return out;
}
std::string refusal(const std::string& yaml) {
  try {
    transformed(yaml);
  } catch (const model::ServiceError& error) {
    const std::string head =
        "Transform AWS::Serverless-2016-10-31 failed with: Invalid Serverless Application Specification "
        "document. Number of errors found: 1. ";
    const std::string message = error.message();
    return message.starts_with(head) ? message.substr(head.size()) : message;
  }
  return {};
}

constexpr const char* kHead = "Transform: AWS::Serverless-2016-10-31\n";
std::string function(const std::string& more) {
  return std::string(kHead) + "Resources:\n  Fn:\n    Type: AWS::Serverless::Function\n    Properties:\n" +
         "      Handler: app.handler\n      Runtime: python3.11\n      CodeUri: s3://code/key.zip\n" + more;
}

// The smallest function is a function and the role it runs as.
TEST(Sam, FunctionBecomesFunctionAndRole) {
  const Document out = transformed(function(""));
  EXPECT_EQ(ids(out), (std::vector<std::string>{"Fn AWS::Lambda::Function", "FnRole AWS::IAM::Role"}));
  EXPECT_EQ(out.find("Transform"), nullptr);
  EXPECT_EQ(json(at(out, "Resources", "Fn", "Properties", "Code")),
            R"({"S3Bucket":"code","S3Key":"key.zip"})");
  EXPECT_EQ(json(at(out, "Resources", "Fn", "Properties", "Role")), R"({"Fn::GetAtt":["FnRole","Arn"]})");
  EXPECT_EQ(json(at(out, "Resources", "Fn", "Properties", "Tags")),
            R"([{"Key":"lambda:createdBy","Value":"SAM"}])");
  EXPECT_EQ(json(at(out, "Resources", "FnRole", "Properties", "ManagedPolicyArns")),
            R"(["arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"])");
}

// Who brings a role needs none made.
TEST(Sam, FunctionTakesAGivenRole) {
  const Document out = transformed(function("      Role: arn:aws:iam::1:role/r\n"));
  EXPECT_EQ(ids(out), std::vector<std::string>{"Fn AWS::Lambda::Function"});
}

// A durable function is told so, and its role may checkpoint.
TEST(Sam, DurableConfigGoesToFunctionAndRole) {
  const Document out = transformed(function("      DurableConfig: {ExecutionTimeout: 60}\n"));
  EXPECT_EQ(json(at(out, "Resources", "Fn", "Properties", "DurableConfig")), R"({"ExecutionTimeout":60})");
  EXPECT_EQ(json(at(out, "Resources", "FnRole", "Properties", "ManagedPolicyArns")),
            R"(["arn:aws:iam::aws:policy/service-role/AWSLambdaBasicDurableExecutionRolePolicy"])");
}

// Policies may be names, ARNs, documents and templates, mixed.
TEST(Sam, PoliciesOfAllKinds) {
  const Document out = transformed(function(R"(
      Policies:
        - AmazonS3ReadOnlyAccess
        - arn:aws:iam::1:policy/mine
        - Statement: [{Effect: Allow, Action: 's3:ListAllMyBuckets', Resource: '*'}]
        - S3ReadPolicy: {BucketName: !Ref In}
        - CloudWatchPutMetricPolicy: {}
)"));
  const Document& role = at(out, "Resources", "FnRole", "Properties");
  EXPECT_EQ(json(at(role, "ManagedPolicyArns")),
            R"(["arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",)"
            R"("arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess","arn:aws:iam::1:policy/mine"])");
  const auto& inlined = at(role, "Policies").as_array();
  ASSERT_EQ(inlined.size(), 3u);
  EXPECT_EQ(inlined[0].string_or("PolicyName", ""), "FnRolePolicy2");
  EXPECT_EQ(inlined[1].string_or("PolicyName", ""), "FnRolePolicy3");
  EXPECT_EQ(json(*at(inlined[1], "PolicyDocument", "Statement").as_array()[0].find("Resource")),
            R"([{"Fn::Sub":["arn:${AWS::Partition}:s3:::${BucketName}",{"BucketName":{"Ref":"In"}}]},)"
            R"({"Fn::Sub":["arn:${AWS::Partition}:s3:::${BucketName}/*",{"BucketName":{"Ref":"In"}}]}])");
}

// An S3 event changes the bucket: it notifies, and waits for the permission that S3 tries at once.
TEST(Sam, S3EventNotifies) {
  const Document out = transformed(function(R"(
      Events:
        Upload:
          Type: S3
          Properties:
            Bucket: !Ref In
            Events: [s3:ObjectCreated:*, s3:ObjectRemoved:*]
            Filter: {S3Key: {Rules: [{Name: prefix, Value: in/}]}}
  In: {Type: AWS::S3::Bucket, DependsOn: Other}
  Other: {Type: AWS::S3::Bucket}
)"));
  const Document& bucket = at(out, "Resources", "In");
  EXPECT_EQ(json(at(bucket, "DependsOn")), R"(["Other","FnUploadPermission"])");
  const auto& entries =
      at(bucket, "Properties", "NotificationConfiguration", "LambdaConfigurations").as_array();
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(json(entries[1]), R"({"Event":"s3:ObjectRemoved:*","Function":{"Fn::GetAtt":["Fn","Arn"]},)"
                              R"("Filter":{"S3Key":{"Rules":[{"Name":"prefix","Value":"in/"}]}}})");
  EXPECT_EQ(json(at(out, "Resources", "FnUploadPermission", "Properties")),
            R"({"Action":"lambda:InvokeFunction","FunctionName":{"Ref":"Fn"},"Principal":"s3.amazonaws.com",)"
            R"("SourceAccount":{"Ref":"AWS::AccountId"}})");
}

// Globals are merged: maps member by member, lists one after the other, the rest is the function's own.
TEST(Sam, GlobalsAreMerged) {
  const Document out = transformed(R"(
Globals:
  Function:
    Timeout: 10
    MemorySize: 256
    Layers: [a]
    Environment: {Variables: {A: '1', B: '1'}}
    Tags: {team: x}
)" + function(R"(
      Timeout: 20
      Layers: [b]
      Environment: {Variables: {B: '2'}}
)"));
  const Document& properties = at(out, "Resources", "Fn", "Properties");
  EXPECT_EQ(json(at(properties, "Timeout")), "20");
  EXPECT_EQ(json(at(properties, "MemorySize")), "256");
  EXPECT_EQ(json(at(properties, "Layers")), R"(["a","b"])");
  EXPECT_EQ(json(at(properties, "Environment", "Variables")), R"({"A":"1","B":"2"})");
  EXPECT_EQ(out.find("Globals"), nullptr);
}

// A layer is a new resource for each content, and everything that named it follows.
TEST(Sam, LayerIsRenamedWithItsContent) {
  const auto layer = [](const std::string& key) {
    return transformed(function("      Layers: [!Ref Lib]\n  Lib:\n    Type: AWS::Serverless::LayerVersion\n"
                                "    Properties: {ContentUri: 's3://code/" +
                                key + "', RetentionPolicy: Delete}\n") +
                       "Outputs: {L: {Value: !Sub '${Lib}'}}");
  };
  const Document out = layer("one");
  std::string id;
  for (const auto& [name, resource] : out.find("Resources")->as_object()) {
    if (resource.string_or("Type", "") == "AWS::Lambda::LayerVersion") id = name;
  }
  EXPECT_TRUE(id.starts_with("Lib") && id.size() == 13) << id;
  EXPECT_EQ(json(at(out, "Resources", "Fn", "Properties", "Layers")), R"([{"Ref":")" + id + R"("}])");
  EXPECT_EQ(json(at(out, "Outputs", "L", "Value")), R"({"Fn::Sub":"${)" + id + R"(}"})");
  EXPECT_EQ(at(out, "Resources", id).string_or("DeletionPolicy", ""), "Delete");
  EXPECT_EQ(layer("two").find("Resources")->find(id), nullptr);
}

// AutoPublishAlias publishes a version per code, and events then go to the alias.
TEST(Sam, AliasIsPublished) {
  const std::string text = "Parameters: {Stage: {Type: String}}\n" + function(R"(
      AutoPublishAlias: !Ref Stage
      ProvisionedConcurrencyConfig: {ProvisionedConcurrentExecutions: 2}
      EventInvokeConfig:
        MaximumRetryAttempts: 0
        DestinationConfig: {OnFailure: {Type: S3Bucket, Destination: !GetAtt In.Arn}}
      Events: {Up: {Type: S3, Properties: {Bucket: !Ref In, Events: 's3:ObjectCreated:*'}}}
  In: {Type: AWS::S3::Bucket}
)");
  const Document out = transformed(text, {{"Stage", "live"}});
  const Document& resources = *out.find("Resources");
  EXPECT_EQ(json(at(resources, "FnAliaslive", "Properties", "Name")), R"("live")");
  EXPECT_EQ(json(at(resources, "FnAliaslive", "Properties", "ProvisionedConcurrencyConfig")),
            R"({"ProvisionedConcurrentExecutions":2})");
  EXPECT_EQ(refusal(function("      ProvisionedConcurrencyConfig: {ProvisionedConcurrentExecutions: 2}\n")),
            "Resource with id [Fn] is invalid. To set ProvisionedConcurrencyConfig AutoPublishALias must be "
            "defined on the function");
  const std::string version =
      at(resources, "FnAliaslive", "Properties", "FunctionVersion", "Fn::GetAtt").as_array()[0].as_string();
  EXPECT_TRUE(version.starts_with("FnVersion")) << version;
  EXPECT_EQ(at(resources, version).string_or("DeletionPolicy", ""), "Retain");
  EXPECT_EQ(json(at(resources, "FnUpPermission", "Properties", "FunctionName")), R"({"Ref":"FnAliaslive"})");
  EXPECT_EQ(json(at(resources, "FnEventInvokeConfig", "Properties", "Qualifier")), R"("live")");
  const std::string role = json(at(resources, "FnRole", "Properties", "Policies"));
  EXPECT_NE(
      role.find(R"("Action":"s3:PutObject","Resource":{"Fn::Join":["",[{"Fn::GetAtt":["In","Arn"]},"/*"]]})"),
      std::string::npos)
      << role;
}

// What cannot be translated is refused by name, with the service it would need.
TEST(Sam, NamesWhatItRefuses) {
  EXPECT_EQ(
      refusal(function("      Events: {E: {Type: SNS, Properties: {}}}\n")),
      "Resource with id [Fn] is invalid. Event with id [E] of type SNS needs SNS, which Haneul does not "
      "support yet.");
  EXPECT_EQ(
      refusal(std::string(kHead) + "Resources: {A: {Type: AWS::Serverless::HttpApi}}"),
      "Resource with id [A] is invalid. AWS::Serverless::HttpApi needs API Gateway, which Haneul does not "
      "support yet.");
  EXPECT_EQ(
      refusal(std::string(kHead) + "Resources: {C: {Type: AWS::Serverless::Connector}}"),
      "Resource with id [C] is invalid. AWS::Serverless::Connector needs connectors, which Haneul does not "
      "support yet.");
  EXPECT_EQ(refusal(function("      Colour: red\n")),
            "Resource with id [Fn] is invalid. property Colour not defined for resource, or not supported by "
            "Haneul");
  EXPECT_EQ(
      refusal(function("      Policies: [{NoSuchPolicy: {}}]\n")),
      "Resource with id [Fn] is invalid. Policy at index 0 in the 'Policies' property: 'NoSuchPolicy' is "
      "not a policy template that Haneul knows.");
  EXPECT_EQ(refusal(function("      Policies: [{S3ReadPolicy: {}}]\n")),
            "Resource with id [Fn] is invalid. Must specify valid parameter values for policy template "
            "'S3ReadPolicy': 'BucketName' is missing.");
  EXPECT_EQ(
      refusal(function("      Events: {E: {Type: S3, Properties: {Bucket: !Ref Nope, Events: x}}}\n")),
      "Resource with id [Fn] is invalid. Event with id [E] is invalid. S3 events must reference an S3 bucket "
      "in the same template.");
  EXPECT_EQ(refusal("Globals: {Nope: {}}\n" + function("")),
            "'Globals' section is invalid. 'Nope' is not supported.");
  EXPECT_EQ(
      refusal(std::string(kHead) + "Resources: {Fn: {Type: AWS::Serverless::Function, Properties: {}}}"),
      "Resource with id [Fn] is invalid. Missing required property 'CodeUri'.");
  EXPECT_EQ(
      refusal(std::string(kHead) +
              "Resources: {Fn: {Type: AWS::Serverless::Function, Properties: {CodeUri: src/}}}"),
      "Resource with id [Fn] is invalid. 'CodeUri' is not a valid S3 Uri of the form 's3://bucket/key' with "
      "optional versionId query parameter.");
}

// Values of the wrong kind are what hostile templates are made of: they are refused, nothing ends.
TEST(Sam, SurvivesValuesOfTheWrongKind) {
  for (const char* more :
       {"      Tags: [a]\n", "      Tags: x\n", "      Policies: {S3ReadPolicy: x}\n", "      Events: x\n",
        "      Events: {E: x}\n", "      Events: {E: {Type: S3, Properties: [x]}}\n",
        "      DeadLetterQueue: x\n", "      EventInvokeConfig: x\n",
        "      EventInvokeConfig: {DestinationConfig: {OnFailure: x}}\n", "      Tracing: {a: b}\n",
        "      AutoPublishAlias: [x]\n", "      Layers: x\n", "      Policies: 7\n"}) {
    try {
      transformed(function(more));
    } catch (const model::ServiceError&) {
    }
  }
  refusal(std::string(kHead) + "Resources: {Fn: {Type: AWS::Serverless::Function, Properties: [a]}}");
  refusal(std::string(kHead) + "Resources: {Fn: {Type: AWS::Serverless::LayerVersion, Properties: x}}");
  refusal("Globals: {Function: {Tags: [x]}}\n" + function("      Tags: {a: b}\n"));
  SUCCEED();
}

}  // namespace
}  // namespace haneul::cloudformation
