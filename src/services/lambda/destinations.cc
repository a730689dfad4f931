#include "services/lambda/destinations.h"

#include <algorithm>

#include <fmt/format.h>

#include "aws/arn.h"
#include "aws/digest.h"
#include "base/json.h"
#include "base/text.h"
#include "services/lambda/recursion.h"

namespace haneul::lambda {
namespace {

std::string uuid_from(const std::string& id) {
  const std::string hex = hex_encode(aws::sha256(id));
  return fmt::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4),
                     hex.substr(16, 4), hex.substr(20, 12));
}

// FOLDER YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-UUID, of the record's time.
std::string object_key(const RecordDelivery& delivery) {
  const std::string at = parse_json(delivery.record).string_or("timestamp", "");
  std::string day = at.substr(0, 10);
  std::string second = at.substr(0, 19);
  std::replace(day.begin(), day.end(), '-', '/');
  std::replace(second.begin(), second.end(), ':', '.');
  return fmt::format("{}{}/{}-{}", delivery.folder, day, second, uuid_from(delivery.id));
}

Document object_of(RecordDelivery delivery) {
  std::string key = object_key(delivery);
  return Document::Object{{"Bucket", aws::parse_arn(delivery.destination)->resource},
                          {"Key", std::move(key)},
                          {"ContentType", "application/json"},
                          {"Body", Blob{std::move(delivery.record)}}};
}

Document event_of(RecordDelivery delivery) {
  return Document::Object{{"FunctionName", std::move(delivery.destination)},
                          {"InvocationType", "Event"},
                          {"Payload", Blob{std::move(delivery.record)}}};
}

}  // namespace

Destination destination_kind(const std::string& arn) {
  const auto parsed = aws::parse_arn(arn);
  if (parsed && parsed->service == "lambda" && parsed->resource_type() == "function") {
    return Destination::kFunction;
  }
  const bool is_bucket = parsed && parsed->service == "s3" && !parsed->resource.empty() &&
                         parsed->resource.find('/') == std::string::npos;
  if (is_bucket) return Destination::kBucket;
  throw model::NotImplemented(
      fmt::format("The destination {} is not implemented by Haneul; functions and buckets are.", arn));
}

Task<void> deliver_record(const Core& core, RecordDelivery delivery) {
  const FunctionRef source = delivery.source;
  const Settings settings = core.db.read([&](store::ReadTx& tx) { return require_version(tx, source); });
  const auto session = core.iam.issue_for_service({.role_arn = settings.role,
                                                   .session_name = source.name,
                                                   .duration = Seconds(900),
                                                   .session_policies = {}});
  if (!session) throw model::AccessDeniedException(std::string(kRoleRefused));
  const platform::CallContext context{.caller = session->caller,
                                      .account = source.place.account,
                                      .region = source.place.region,
                                      .trace_id = with_lineage(delivery.trace_id, source),
                                      .source = "lambda.amazonaws.com"};
  if (destination_kind(delivery.destination) == Destination::kBucket) {
    co_await core.dispatcher->call(context, "s3", "PutObject", object_of(std::move(delivery)));
  } else {
    co_await core.dispatcher->call(context, "lambda", "Invoke", event_of(std::move(delivery)));
  }
}

}  // namespace haneul::lambda
