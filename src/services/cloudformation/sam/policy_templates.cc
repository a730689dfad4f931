// SAM policy templates: a name and a few parameters stand for a list of statements.
// Source: "AWS SAM policy templates" (the public list). A row is name, parameters, and statements as actions
// and resources; {Name} in a resource is the parameter of that name.

#include <map>

#include <fmt/format.h>

#include "base/text.h"
#include "services/cloudformation/sam/parts.h"
#include "services/cloudformation/template/text.h"

namespace haneul::cloudformation::sam {

namespace {

struct Statement {
  std::string_view actions;    // divided by blanks, under the service's prefix
  std::string_view resources;  // divided by blanks
};

struct Row {
  std::string_view service;
  std::vector<std::string_view> parameters;
  std::vector<Statement> statements;
};

#define HERE "${AWS::Region}:${AWS::AccountId}"

constexpr std::string_view kBucket =
    "arn:${AWS::Partition}:s3:::{BucketName} arn:${AWS::Partition}:s3:::{BucketName}/*";
constexpr std::string_view kTable = "arn:${AWS::Partition}:dynamodb:" HERE
                                    ":table/{TableName} "
                                    "arn:${AWS::Partition}:dynamodb:" HERE ":table/{TableName}/index/*";
constexpr std::string_view kQueue = "arn:${AWS::Partition}:sqs:" HERE ":{QueueName}";
constexpr std::string_view kTopic = "arn:${AWS::Partition}:sns:" HERE ":{TopicName}";
constexpr std::string_view kStream = "arn:${AWS::Partition}:kinesis:" HERE ":stream/{StreamName}";
constexpr std::string_view kKey = "arn:${AWS::Partition}:kms:" HERE ":key/{KeyId}";

using Rows = std::map<std::string_view, Row>;

Rows storage_rows() {
  return {
      {"S3ReadPolicy",
       {"s3",
        {"BucketName"},
        {{"GetObject ListBucket GetBucketLocation GetObjectVersion GetLifecycleConfiguration", kBucket}}}},
      {"S3WritePolicy",
       {"s3", {"BucketName"}, {{"PutObject PutObjectAcl PutLifecycleConfiguration", kBucket}}}},
      {"S3CrudPolicy",
       {"s3",
        {"BucketName"},
        {{"GetObject ListBucket GetBucketLocation GetObjectVersion PutObject PutObjectAcl "
          "GetLifecycleConfiguration PutLifecycleConfiguration DeleteObject",
          kBucket}}}},
      {"S3FullAccessPolicy",
       {"s3",
        {"BucketName"},
        {{"GetObject GetObjectAcl GetObjectVersion PutObject PutObjectAcl DeleteObject DeleteObjectTagging "
          "DeleteObjectVersionTagging GetObjectTagging GetObjectVersionTagging PutObjectTagging "
          "PutObjectVersionTagging",
          "arn:${AWS::Partition}:s3:::{BucketName}/*"},
         {"ListBucket GetBucketLocation GetLifecycleConfiguration PutLifecycleConfiguration",
          "arn:${AWS::Partition}:s3:::{BucketName}"}}}},
      {"LambdaInvokePolicy",
       {"lambda",
        {"FunctionName"},
        {{"InvokeFunction", "arn:${AWS::Partition}:lambda:" HERE ":function:{FunctionName}*"}}}},
      {"DynamoDBReadPolicy",
       {"dynamodb", {"TableName"}, {{"GetItem Scan Query BatchGetItem DescribeTable", kTable}}}},
      {"DynamoDBWritePolicy", {"dynamodb", {"TableName"}, {{"PutItem UpdateItem BatchWriteItem", kTable}}}},
      {"DynamoDBCrudPolicy",
       {"dynamodb",
        {"TableName"},
        {{"GetItem DeleteItem PutItem Scan Query UpdateItem BatchWriteItem BatchGetItem DescribeTable "
          "ConditionCheckItem",
          kTable}}}},
      {"DynamoDBReconfigurePolicy", {"dynamodb", {"TableName"}, {{"UpdateTable", kTable}}}},
      {"DynamoDBStreamReadPolicy",
       {"dynamodb",
        {"TableName", "StreamName"},
        {{"DescribeStream GetRecords GetShardIterator",
          "arn:${AWS::Partition}:dynamodb:" HERE ":table/{TableName}/stream/{StreamName}"},
         {"ListStreams", "arn:${AWS::Partition}:dynamodb:" HERE ":table/{TableName}/stream/*"}}}},
  };
}

Rows messaging_rows() {
  return {
      {"SQSPollerPolicy",
       {"sqs",
        {"QueueName"},
        {{"ChangeMessageVisibility ChangeMessageVisibilityBatch DeleteMessage DeleteMessageBatch "
          "GetQueueAttributes ReceiveMessage",
          kQueue}}}},
      {"SQSSendMessagePolicy", {"sqs", {"QueueName"}, {{"SendMessage*", kQueue}}}},
      {"SNSPublishMessagePolicy", {"sns", {"TopicName"}, {{"Publish", kTopic}}}},
      {"SNSCrudPolicy",
       {"sns",
        {"TopicName"},
        {{"ListSubscriptionsByTopic CreateTopic SetTopicAttributes Subscribe Publish",
          "arn:${AWS::Partition}:sns:" HERE ":{TopicName}*"}}}},
      {"KinesisStreamReadPolicy",
       {"kinesis",
        {"StreamName"},
        {{"ListStreams DescribeLimits", "arn:${AWS::Partition}:kinesis:" HERE ":stream/*"},
         {"DescribeStream DescribeStreamSummary GetRecords GetShardIterator", kStream}}}},
      {"KinesisCrudPolicy",
       {"kinesis",
        {"StreamName"},
        {{"AddTagsToStream CreateStream DecreaseStreamRetentionPeriod DeleteStream DescribeStream "
          "DescribeStreamSummary GetShardIterator IncreaseStreamRetentionPeriod ListTagsForStream "
          "MergeShards "
          "PutRecord PutRecords SplitShard RemoveTagsFromStream",
          kStream}}}},
      {"FirehoseWritePolicy",
       {"firehose",
        {"DeliveryStreamName"},
        {{"PutRecord PutRecordBatch",
          "arn:${AWS::Partition}:firehose:" HERE ":deliverystream/{DeliveryStreamName}"}}}},
  };
}

Rows other_rows() {
  return {
      {"KMSDecryptPolicy", {"kms", {"KeyId"}, {{"Decrypt", kKey}}}},
      {"KMSEncryptPolicy", {"kms", {"KeyId"}, {{"Encrypt", kKey}}}},
      {"SSMParameterReadPolicy",
       {"ssm",
        {"ParameterName"},
        {{"DescribeParameters", "*"},
         {"GetParameters GetParameter GetParametersByPath",
          "arn:${AWS::Partition}:ssm:" HERE ":parameter/{ParameterName}"}}}},
      {"AWSSecretsManagerGetSecretValuePolicy",
       {"secretsmanager", {"SecretArn"}, {{"GetSecretValue", "{SecretArn}"}}}},
      {"StepFunctionsExecutionPolicy",
       {"states",
        {"StateMachineName"},
        {{"StartExecution", "arn:${AWS::Partition}:states:" HERE ":stateMachine:{StateMachineName}"}}}},
      {"EventBridgePutEventsPolicy",
       {"events",
        {"EventBusName"},
        {{"PutEvents", "arn:${AWS::Partition}:events:" HERE ":event-bus/{EventBusName}"}}}},
      {"FilterLogEventsPolicy",
       {"logs",
        {"LogGroupName"},
        {{"FilterLogEvents", "arn:${AWS::Partition}:logs:" HERE ":log-group:{LogGroupName}:log-stream:*"}}}},
      {"CloudWatchPutMetricPolicy", {"cloudwatch", {}, {{"PutMetricData", "*"}}}},
      {"CloudWatchDescribeAlarmHistoryPolicy", {"cloudwatch", {}, {{"DescribeAlarmHistory", "*"}}}},
      {"CloudFormationDescribeStacksPolicy",
       {"cloudformation", {}, {{"DescribeStacks", "arn:${AWS::Partition}:cloudformation:" HERE ":stack/*"}}}},
      {"RekognitionDetectOnlyPolicy",
       {"rekognition", {}, {{"DetectFaces DetectLabels DetectModerationLabels DetectText", "*"}}}},
      {"ComprehendBasicAccessPolicy",
       {"comprehend",
        {},
        {{"BatchDetectKeyPhrases DetectDominantLanguage DetectEntities BatchDetectEntities DetectKeyPhrases "
          "DetectSentiment BatchDetectDominantLanguage BatchDetectSentiment",
          "*"}}}},
      {"SESBulkTemplatedCrudPolicy",
       {"ses",
        {"IdentityName"},
        {{"GetIdentityVerificationAttributes SendEmail SendRawEmail SendTemplatedEmail "
          "SendBulkTemplatedEmail "
          "VerifyEmailIdentity",
          "arn:${AWS::Partition}:ses:" HERE ":identity/{IdentityName}"}}}},
      {"SESCrudPolicy",
       {"ses",
        {"IdentityName"},
        {{"GetIdentityVerificationAttributes SendEmail SendRawEmail VerifyEmailIdentity",
          "arn:${AWS::Partition}:ses:" HERE ":identity/{IdentityName}"}}}},
      {"SESSendBouncePolicy",
       {"ses",
        {"IdentityName"},
        {{"SendBounce", "arn:${AWS::Partition}:ses:" HERE ":identity/{IdentityName}"}}}},
      {"VPCAccessPolicy",
       {"ec2",
        {},
        {{"CreateNetworkInterface DeleteNetworkInterface DescribeNetworkInterfaces DetachNetworkInterface",
          "*"}}}},
  };
}

const Rows& rows() {
  static const Rows kRows = [] {
    Rows all = storage_rows();
    all.merge(messaging_rows());
    all.merge(other_rows());
    return all;
  }();
  return kRows;
}

#undef HERE

// {BucketName} -> ${BucketName}, which Fn::Sub's variable map resolves.
Document resource_of(std::string_view pattern, const Document& parameters) {
  if (pattern == "*") return "*";
  std::string text;
  Document variables = Document::object();
  while (!pattern.empty()) {
    const size_t open = pattern.find('{');
    const size_t close = open == std::string_view::npos ? open : pattern.find('}', open);
    if (close == std::string_view::npos) break;
    const bool is_pseudo = open > 0 && pattern[open - 1] == '$';
    const std::string name(pattern.substr(open + 1, close - open - 1));
    text += pattern.substr(0, open);
    text += (is_pseudo ? "{" : "${") + name + "}";
    if (!is_pseudo) variables.set(name, *parameters.find(name));
    pattern.remove_prefix(close + 1);
  }
  text += pattern;
  return Document::Object{{"Fn::Sub", Document::Array{text, std::move(variables)}}};
}

Document statement_of(std::string_view service, const Statement& statement, const Document& parameters) {
  Document actions = Document::array();
  for (const std::string_view action : split(statement.actions, ' ')) {
    actions.push(fmt::format("{}:{}", service, action));
  }
  Document resources = Document::array();
  for (const std::string_view pattern : split(statement.resources, ' ')) {
    resources.push(resource_of(pattern, parameters));
  }
  return Document::Object{
      {"Effect", "Allow"}, {"Action", std::move(actions)}, {"Resource", std::move(resources)}};
}

}  // namespace

bool is_policy_template(std::string_view name) { return rows().contains(name); }

Document expand_policy_template(const Source& source, std::string_view name, const Document& parameters) {
  const Row& row = rows().at(name);
  for (const std::string_view parameter : row.parameters) {
    if (parameters.find(parameter) == nullptr) {
      fail_sam(source.logical_id,
               fmt::format("Must specify valid parameter values for policy template '{}': '{}' is "
                           "missing.",
                           name, parameter));
    }
  }
  if (parameters.is_object()) {
    for (const auto& [given, value] : parameters.as_object()) {
      bool is_known = false;
      for (const std::string_view parameter : row.parameters) is_known = is_known || parameter == given;
      if (!is_known) {
        fail_sam(source.logical_id,
                 fmt::format("Must specify valid parameter values for policy template '{}': '{}' is unknown.",
                             name, given));
      }
    }
  }
  Document statements = Document::array();
  for (const Statement& statement : row.statements) {
    statements.push(statement_of(row.service, statement, parameters));
  }
  return Document::Object{{"Statement", std::move(statements)}};
}

}  // namespace haneul::cloudformation::sam
