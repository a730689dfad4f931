// The events SQS, Kinesis and DynamoDB of a function: each becomes an event source mapping, and the
// function's own role gets the managed policy to read the source.
// "AWS SAM developer guide": SQS, Kinesis and DynamoDB of the events of AWS::Serverless::Function.

#include <algorithm>

#include <fmt/format.h>

#include "services/cloudformation/sam/parts.h"

namespace haneul::cloudformation::sam {

namespace {

using Names = std::vector<std::string_view>;

const Names kOfAll = {"BatchSize", "Enabled", "FilterCriteria", "FunctionResponseTypes",
                      "MaximumBatchingWindowInSeconds"};
const Names kOfQueues = {"ScalingConfig"};
const Names kOfStreams = {"StartingPosition",           "StartingPositionTimestamp",
                          "BisectBatchOnFunctionError", "MaximumRecordAgeInSeconds",
                          "MaximumRetryAttempts",       "ParallelizationFactor",
                          "TumblingWindowInSeconds"};

struct EventType {
  std::string_view source;  // the property that names the queue or stream
  std::string_view policy;
  const Names* own;
};

const EventType* type_named(std::string_view name) {
  static const std::map<std::string_view, EventType> kTypes = {
      {"SQS", {"Queue", "AWSLambdaSQSQueueExecutionRole", &kOfQueues}},
      {"Kinesis", {"Stream", "AWSLambdaKinesisExecutionRole", &kOfStreams}},
      {"DynamoDB", {"Stream", "AWSLambdaDynamoDBExecutionRole", &kOfStreams}}};
  const auto found = kTypes.find(name);
  return found == kTypes.end() ? nullptr : &found->second;
}

[[noreturn]] void fail_event(const Source& source, std::string_view name, std::string_view reason) {
  fail_sam(source.logical_id, fmt::format("Event with id [{}] is invalid. {}", name, reason));
}

// {OnFailure: {Type, Destination}}; the type only says what the role needs.
const Document* failure_destination(const Document& properties) {
  const Document* config = properties.find("DestinationConfig");
  const Document* failure = config == nullptr ? nullptr : config->find("OnFailure");
  return failure != nullptr && failure->is_object() ? failure : nullptr;
}

template <class F>
void each_event(const Source& source, F visit) {
  const Document* events = source.properties.find("Events");
  if (events == nullptr || !events->is_object()) return;
  for (const auto& [name, event] : events->as_object()) {
    const EventType* type = type_named(event.string_or("Type", ""));
    const Document* properties = event.find("Properties");
    if (type != nullptr && properties != nullptr) visit(*type, *properties);
  }
}

}  // namespace

bool is_event_source(std::string_view type) { return type_named(type) != nullptr; }

std::vector<std::string_view> event_source_policies(const Source& source) {
  std::vector<std::string_view> out;
  each_event(source, [&](const EventType& type, const Document&) {
    if (std::ranges::find(out, type.policy) == out.end()) out.push_back(type.policy);
  });
  return out;
}

std::vector<Document> event_source_statements(const Source& source) {
  std::vector<Document> out;
  each_event(source, [&](const EventType&, const Document& properties) {
    const Document* failure = failure_destination(properties);
    const Document* arn = failure == nullptr ? nullptr : failure->find("Destination");
    if (arn == nullptr) return;
    const std::string type = failure->string_or("Type", "");
    std::string_view action = "lambda:InvokeFunction";
    if (type == "SQS") action = "sqs:SendMessage";
    if (type == "SNS") action = "sns:Publish";
    out.push_back(Document::Object{{"Effect", "Allow"}, {"Action", action}, {"Resource", *arn}});
  });
  return out;
}

void translate_event_source(const Source& source, const EventText& event, const Document& alias,
                            Target& target) {
  const EventType& type = *type_named(event.type);
  if (!event.properties.is_object()) fail_event(source, event.name, "'Properties' must be a map.");
  const Document* arn = event.properties.find(type.source);
  if (arn == nullptr)
    fail_event(source, event.name, fmt::format("Missing required property '{}'.", type.source));
  if (type.own == &kOfStreams && event.properties.find("StartingPosition") == nullptr)
    fail_event(source, event.name, "Missing required property 'StartingPosition'.");
  Document mapping =
      Document::Object{{"EventSourceArn", *arn},
                       {"FunctionName", make_ref(alias.is_string() ? alias.as_string() : source.logical_id)}};
  for (const auto& [name, value] : event.properties.as_object()) {
    if (name == type.source) continue;
    const bool is_plain = std::ranges::find(kOfAll, name) != kOfAll.end() ||
                          std::ranges::find(*type.own, name) != type.own->end();
    if (is_plain) {
      mapping.set(name, value);
    } else if (name != "DestinationConfig" || type.own != &kOfStreams) {
      fail_event(source, event.name, fmt::format("property {} is not supported.", name));
    }
  }
  if (const Document* failure = failure_destination(event.properties)) {
    const Document* destination = failure->find("Destination");
    if (destination == nullptr) fail_event(source, event.name, "'OnFailure' requires a Destination.");
    mapping.set("DestinationConfig",
                Document::Object{{"OnFailure", Document::Object{{"Destination", *destination}}}});
  }
  Document made = resource("AWS::Lambda::EventSourceMapping", std::move(mapping));
  copy_condition(source, made);
  target.resources.set(source.logical_id + std::string(event.name), std::move(made));
}

}  // namespace haneul::cloudformation::sam
