#include "services/s3/events.h"

#include <fmt/format.h>

#include "aws/arn.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "gen/s3/errors.h"

namespace haneul::s3 {

namespace {

constexpr size_t kDeliveriesMax = 32;
constexpr std::chrono::hours kAgeMax{24};

std::string encode_key(std::string_view key) {
  std::string out;
  for (const char c : uri_encode(key, Slash::kKeep)) out += c;
  size_t at = 0;
  while ((at = out.find("%20", at)) != std::string::npos) out.replace(at, 3, "+");
  return out;
}

std::string principal_of(const platform::Caller& caller) {
  if (caller.kind == platform::Caller::Kind::kAnonymous) return "AWS:Anonymous";
  return "AWS:" + (caller.unique_id.empty() ? caller.arn : caller.unique_id);
}

Document object_part(const BucketState& bucket, const Event& event, const ObjectRecord& object) {
  Document out = Document::object();
  out.set("key", encode_key(event.key));
  if (event.detail == Event::Detail::kFull) {
    if (!event.name.starts_with("ObjectRemoved:")) out.set("size", object.size);
    out.set("eTag", object.is_delete_marker ? "d41d8cd98f00b204e9800998ecf8427e" : object.etag);
  }
  if (bucket.record.has_versions()) out.set("versionId", object.version_id);
  out.set("sequencer", fmt::format("{:018X}", object.order));
  return out;
}

}  // namespace

std::string event_message(const platform::Request& request, const BucketState& bucket, const Event& event,
                          const ObjectRecord& object, const std::string& configuration_id) {
  Document entity = Document::object();
  entity.set("s3SchemaVersion", "1.0");
  entity.set("configurationId", configuration_id);
  Document& place = entity.set("bucket", Document::object());
  place.set("name", bucket.name());
  place.set("ownerIdentity", Document::Object{{"principalId", bucket.record.owner.str()}});
  place.set("arn", bucket.arn());
  entity.set("object", object_part(bucket, event, object));
  Document record = Document::object();
  record.set("eventVersion", "2.1");
  record.set("eventSource", "aws:s3");
  record.set("awsRegion", bucket.record.region.str());
  record.set("eventTime", format_iso8601_millis(request.now));
  record.set("eventName", event.name);
  record.set("userIdentity", Document::Object{{"principalId", principal_of(request.caller)}});
  record.set("requestParameters", Document::Object{{"sourceIPAddress", request.source_ip}});
  record.set("responseElements",
             Document::Object{{"x-amz-request-id", request.id.str()}, {"x-amz-id-2", request.id.str()}});
  record.set("s3", std::move(entity));
  return write_json(Document::Object{{"Records", Document::Array{std::move(record)}}});
}

void Events::record(store::Tx& tx, const platform::Request& request, const BucketState& bucket,
                    const Event& event, const ObjectRecord& object) const {
  const auto& notifications = bucket.record.notifications;
  if (!notifications || !notifications->lambda_function_configurations) return;
  for (const LambdaFunctionConfiguration& rule : *notifications->lambda_function_configurations) {
    if (!rule_matches(rule, event)) continue;
    Document payload = Document::object();
    payload.set("function", rule.lambda_function_arn);
    payload.set("bucket_arn", bucket.arn());
    payload.set("account", bucket.record.owner.str());
    payload.set("trace_id", request.trace_id);
    payload.set("message", event_message(request, bucket, event, object, rule.id.value_or("")));
    core_.jobs.add(tx, kNotificationJob, request.now, std::move(payload));
  }
}

void Events::start() {
  core_.jobs.handle(kNotificationJob, kDeliveriesMax,
                    [this](const platform::Job& job) { return deliver(job); });
}

Task<void> Events::invoke(const std::string& function_arn, const Document& payload) const {
  const auto arn = aws::parse_arn(function_arn);
  const AccountId owner(payload.string_or("account", ""));
  platform::CallContext context;
  context.caller =
      platform::Caller::of_service("s3.amazonaws.com", owner, payload.string_or("bucket_arn", ""));
  context.account = AccountId(arn->account);
  context.region = Region(arn->region);
  context.trace_id = payload.string_or("trace_id", "");
  context.source = "s3.amazonaws.com";
  Document input = Document::object();
  input.set("FunctionName", function_arn);
  const Document* message = payload.find("message");
  input.set("InvocationType", message == nullptr ? "DryRun" : "Event");
  if (message != nullptr) input.set("Payload", Blob{message->as_string()});
  co_await core_.dispatcher->call(context, "lambda", "Invoke", std::move(input));
}

Task<platform::JobOutcome> Events::deliver(const platform::Job& job) const {
  const std::string function = job.payload.string_or("function", "");
  std::string failure;
  bool is_final = core_.clock.now() - job.created_at > kAgeMax;
  try {
    co_await invoke(function, job.payload);
    co_return platform::JobOutcome::done();
  } catch (const model::ServiceError& error) {
    failure = fmt::format("{}: {}", error.shape().code, error.message());
    // A function that is gone, or that took its permission back, gets nothing more; load and failures pass.
    const int status = error.shape().status;
    is_final = is_final || (status >= 400 && status < 500 && status != 429);
  }
  log_warning("an event was not delivered", {{"function", function}, {"reason", failure}});
  if (is_final) co_return platform::JobOutcome::done();
  throw std::runtime_error(failure);
}

Task<NotificationConfiguration> Events::validated(const platform::Request& request, const BucketState& bucket,
                                                  NotificationConfiguration given,
                                                  Destinations destinations) const {
  const bool is_elsewhere = (given.topic_configurations && !given.topic_configurations->empty()) ||
                            (given.queue_configurations && !given.queue_configurations->empty()) ||
                            given.event_bridge_configuration.has_value();
  if (is_elsewhere) {
    InvalidArgument error(
        "Haneul delivers event notifications to Lambda functions; queues, topics and event buses are not "
        "supported as destinations.");
    error.with("ArgumentName", "NotificationConfiguration");
    throw error;
  }
  NotificationConfiguration out;
  if (!given.lambda_function_configurations || given.lambda_function_configurations->empty()) co_return out;
  for (LambdaFunctionConfiguration& rule : *given.lambda_function_configurations) {
    if (!rule.id) rule.id = core_.random.uuid();
  }
  require_valid_rules(*given.lambda_function_configurations);
  for (const LambdaFunctionConfiguration& rule : *given.lambda_function_configurations) {
    const auto arn = aws::parse_arn(rule.lambda_function_arn);
    const bool is_function = arn && arn->service == "lambda" && arn->resource.starts_with("function:");
    if (!is_function) {
      InvalidArgument error("The ARN could not be parsed");
      error.with("ArgumentName", "CloudFunction").with("ArgumentValue", rule.lambda_function_arn);
      throw error;
    }
    bool is_reachable = arn->region == bucket.record.region.str();
    if (is_reachable && destinations == Destinations::kAsk) {
      Document payload = Document::object();
      payload.set("bucket_arn", bucket.arn());
      payload.set("account", bucket.record.owner.str());
      payload.set("trace_id", request.trace_id);
      try {
        co_await invoke(rule.lambda_function_arn, payload);
      } catch (const model::ServiceError&) {
        is_reachable = false;
      }
    }
    if (is_reachable) continue;
    InvalidArgument error("Unable to validate the following destination configurations");
    error.with("ArgumentName", rule.lambda_function_arn)
        .with("ArgumentValue", "Not authorized to invoke function [" + rule.lambda_function_arn + "]");
    throw error;
  }
  out.lambda_function_configurations = std::move(given.lambda_function_configurations);
  co_return out;
}

}  // namespace haneul::s3
