// Events SQS, Kinesis and DynamoDB: what the transform makes of them.
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

// A queue becomes a mapping of the alias, and the role may read it.
TEST(SamEventSource, MapsQueues) {
  const Document out = resources(
      "      AutoPublishAlias: live\n"
      "      Events: {Jobs: {Type: SQS, Properties: {Queue: !GetAtt Q.Arn, BatchSize: 5,\n"
      "        FunctionResponseTypes: [ReportBatchItemFailures], ScalingConfig: {MaximumConcurrency: "
      "4}}}}\n");
  const Document* mapping = out.find("FnJobs");
  ASSERT_NE(mapping, nullptr);
  EXPECT_EQ(mapping->string_or("Type", ""), "AWS::Lambda::EventSourceMapping");
  EXPECT_EQ(write_json(*mapping->find("Properties")),
            R"({"EventSourceArn":{"Fn::GetAtt":["Q","Arn"]},"FunctionName":{"Ref":"FnAliaslive"},)"
            R"("BatchSize":5,"FunctionResponseTypes":["ReportBatchItemFailures"],)"
            R"("ScalingConfig":{"MaximumConcurrency":4}})");
  const std::string managed = write_json(*out.find("FnRole")->find("Properties")->find("ManagedPolicyArns"));
  EXPECT_NE(managed.find("AWSLambdaSQSQueueExecutionRole"), std::string::npos);
}

// A stream has more settings; what failed goes where the role may send it.
TEST(SamEventSource, MapsStreams) {
  const Document out = resources(
      "      Events:\n        Changes:\n          Type: DynamoDB\n          Properties:\n"
      "            Stream: arn:s\n            StartingPosition: LATEST\n            MaximumRetryAttempts: 2\n"
      "            DestinationConfig: {OnFailure: {Type: SQS, Destination: arn:d}}\n");
  EXPECT_EQ(write_json(*out.find("FnChanges")->find("Properties")),
            R"({"EventSourceArn":"arn:s","FunctionName":{"Ref":"Fn"},"StartingPosition":"LATEST",)"
            R"("MaximumRetryAttempts":2,"DestinationConfig":{"OnFailure":{"Destination":"arn:d"}}})");
  const std::string role = write_json(*out.find("FnRole"));
  EXPECT_NE(role.find("AWSLambdaDynamoDBExecutionRole"), std::string::npos);
  EXPECT_NE(role.find(R"("Action":"sqs:SendMessage","Resource":"arn:d")"), std::string::npos);
}

// What is missing or unknown is refused by name: nothing of a template is ignored.
TEST(SamEventSource, RefusesWhatDoesNotFit) {
  for (const char* event :
       {"{Type: SQS, Properties: {}}", "{Type: SQS, Properties: {Queue: a, StartingPosition: LATEST}}",
        "{Type: Kinesis, Properties: {Stream: a}}", "{Type: SQS, Properties: {Queue: a, KmsKeyArn: b}}",
        "{Type: SQS, Properties: x}", "{Type: SQS}",
        "{Type: DynamoDB, Properties: {Stream: a, StartingPosition: LATEST, "
        "DestinationConfig: {OnFailure: {Type: SQS}}}}"}) {
    EXPECT_THROW(resources(std::string("      Events: {E: ") + event + "}\n"), model::ServiceError) << event;
  }
}

}  // namespace
}  // namespace haneul::cloudformation
