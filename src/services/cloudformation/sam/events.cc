// The Events of a function; those that are event source mappings stand in event_source.cc. S3: the bucket
// gets a notification and the function a permission, and the bucket waits for the permission, since S3 tries
// the function when the notification is set.

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "services/cloudformation/sam/parts.h"
#include "services/cloudformation/template/text.h"

namespace haneul::cloudformation::sam {

namespace {

std::string_view service_of_event(std::string_view type) {
  static const std::map<std::string_view, std::string_view> kServices = {
      {"Api", "API Gateway"},
      {"HttpApi", "API Gateway"},
      {"SNS", "SNS"},
      {"Schedule", "EventBridge"},
      {"ScheduleV2", "EventBridge Scheduler"},
      {"CloudWatchEvent", "EventBridge"},
      {"EventBridgeRule", "EventBridge"},
      {"CloudWatchLogs", "subscription filters of CloudWatch Logs"},
      {"IoTRule", "IoT Core"},
      {"AlexaSkill", "Alexa"},
      {"Cognito", "Cognito"},
      {"MSK", "MSK"},
      {"MQ", "Amazon MQ"},
      {"SelfManagedKafka", "Kafka"},
      {"DocumentDB", "DocumentDB"}};
  const auto found = kServices.find(type);
  return found == kServices.end() ? std::string_view() : found->second;
}

struct S3Event {
  std::string name;
  std::string bucket_id;
  Document events;
  const Document* filter = nullptr;
};

S3Event read_s3_event(const Source& source, const std::string& name, const Document& properties,
                      const Target& target) {
  S3Event out;
  out.name = name;
  const Document* bucket = properties.find("Bucket");
  const auto reference = bucket == nullptr ? std::nullopt : as_intrinsic(*bucket);
  if (reference && reference->name == "Ref" && reference->argument->is_string()) {
    out.bucket_id = reference->argument->as_string();
  } else if (bucket != nullptr && bucket->is_string()) {
    out.bucket_id = bucket->as_string();
  }
  const Document* made = target.resources.find(out.bucket_id);
  if (made == nullptr || made->string_or("Type", "") != "AWS::S3::Bucket") {
    fail_sam(source.logical_id,
             fmt::format(
                 "Event with id [{}] is invalid. S3 events must reference an S3 bucket in the same template.",
                 name));
  }
  const Document* events = properties.find("Events");
  if (events == nullptr) {
    fail_sam(source.logical_id,
             fmt::format("Event with id [{}] is invalid. Missing required property 'Events'.", name));
  }
  out.events = events->is_array() ? *events : Document(Document::Array{*events});
  out.filter = properties.find("Filter");
  return out;
}

// The member, made if it is not there; what the template's author gave must be of the kind.
Document& require_member(Document& parent, std::string_view name, Document empty,
                         std::string_view bucket_id) {
  Document* found = parent.find(name);
  if (found == nullptr) return parent.set(name, std::move(empty));
  if (found->kind() == empty.kind() && !as_intrinsic(*found)) return *found;
  fail_sam(bucket_id,
           fmt::format("{} of a bucket with events must be a {}.", name, empty.is_array() ? "list" : "map"));
}

void notify(const S3Event& event, const Document& function_arn, const std::string& permission_id,
            Target& target) {
  Document& bucket = *target.resources.find(event.bucket_id);
  Document& properties = require_member(bucket, "Properties", Document::object(), event.bucket_id);
  Document& configuration =
      require_member(properties, "NotificationConfiguration", Document::object(), event.bucket_id);
  require_member(configuration, "LambdaConfigurations", Document::array(), event.bucket_id);
  for (const Document& kind : event.events.as_array()) {
    Document entry = Document::Object{{"Event", kind}, {"Function", function_arn}};
    if (event.filter != nullptr) entry.set("Filter", *event.filter);
    configuration.find("LambdaConfigurations")->push(std::move(entry));
  }
  Document waits = Document::array();
  if (const Document* depends = bucket.find("DependsOn")) {
    waits = depends->is_array() ? *depends : Document(Document::Array{*depends});
  }
  waits.push(permission_id);
  bucket.set("DependsOn", std::move(waits));
}

void translate_s3(const Source& source, const S3Event& event, const Document& alias, Target& target) {
  const std::string permission_id = source.logical_id + event.name + "Permission";
  const Document function = make_ref(alias.is_string() ? alias.as_string() : source.logical_id);
  Document permission =
      resource("AWS::Lambda::Permission", Document::Object{{"Action", "lambda:InvokeFunction"},
                                                           {"FunctionName", function},
                                                           {"Principal", "s3.amazonaws.com"},
                                                           {"SourceAccount", make_ref("AWS::AccountId")}});
  copy_condition(source, permission);
  target.resources.set(permission_id, std::move(permission));
  notify(event, alias.is_string() ? function : get_att(source.logical_id, "Arn"), permission_id, target);
}

}  // namespace

void translate_events(const Source& source, const Document& alias, Target& target) {
  const Document* events = source.properties.find("Events");
  if (events == nullptr) return;
  if (!events->is_object()) fail_sam(source.logical_id, "'Events' must be a map.");
  for (const auto& [name, event] : events->as_object()) {
    const std::string type = event.string_or("Type", "");
    if (type != "S3" && !is_event_source(type)) {
      const std::string_view service = service_of_event(type);
      fail_sam(source.logical_id,
               service.empty()
                   ? fmt::format("Event with id [{}] is invalid. Event type {} is not supported.", name, type)
                   : fmt::format("Event with id [{}] of type {} needs {}, which Haneul does not support yet.",
                                 name, type, service));
    }
    const Document* properties = event.find("Properties");
    if (properties == nullptr) {
      fail_sam(source.logical_id,
               fmt::format("Event with id [{}] is invalid. 'Properties' is missing.", name));
    }
    if (is_event_source(type)) {
      translate_event_source(source, {.name = name, .type = type, .properties = *properties}, alias, target);
      continue;
    }
    translate_s3(source, read_s3_event(source, name, *properties, target), alias, target);
  }
}

}  // namespace haneul::cloudformation::sam
