#include "services/lambda/mappings/source_access.h"

#include <fmt/format.h>

#include "aws/arn.h"
#include "gen/lambda/errors.h"
#include "services/lambda/lookup.h"

namespace haneul::lambda {

namespace {

using Invalid = InvalidParameterValueException;
constexpr Seconds kSessionDuration{3600};
constexpr Seconds kRenewBefore{300};

// SQS, Kinesis and DynamoDB name denials and absence differently; the words are in the codes.
bool is_denial(const model::ServiceError& error) {
  return error.shape().code.find("AccessDenied") != std::string_view::npos ||
         error.shape().code.find("NotAuthorized") != std::string_view::npos;
}

[[noreturn]] void refuse_missing(const MappingRecord& mapping) {
  if (mapping.kind() != SourceKind::kQueue) refuse<Invalid>("Stream not found: " + mapping.source_arn);
  refuse<Invalid>(
      "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS "
      "Error Message: The specified queue does not exist.");
}

void require_visibility(const platform::QueueFacts& queue, int64_t timeout_seconds) {
  if (queue.visibility_timeout.count() >= timeout_seconds) return;
  refuse<Invalid>(
      fmt::format("Queue visibility timeout: {} seconds is less than Function timeout: {} seconds",
                  queue.visibility_timeout.count(), timeout_seconds));
}

// A source that is missing has the same code: whoever is told must not look for the wrong one.
Settings require_function(const Core& core, const FunctionRef& function) {
  try {
    return core.db.read([&](store::ReadTx& tx) { return require_version(tx, function); });
  } catch (const ResourceNotFoundException&) {
    refuse<Invalid>("Function does not exist");
  }
}

}  // namespace

const platform::CallContext& SourceAccess::reader() {
  const Settings settings = require_function(core_, mapping_.function);
  const Timestamp now = core_.clock.now();
  if (settings.role == role_ && now < renew_at_) return context_;
  const auto session = core_.iam.issue_for_service({.role_arn = settings.role,
                                                    .session_name = mapping_.function.name,
                                                    .duration = kSessionDuration,
                                                    .session_policies = {}});
  if (!session) throw model::AccessDeniedException(std::string(kRoleRefused));
  role_ = settings.role;
  renew_at_ = now + kSessionDuration - kRenewBefore;
  context_ = {.caller = session->caller,
              .account = mapping_.function.place.account,
              .region = mapping_.function.place.region,
              .trace_id = {},
              .source = "lambda.amazonaws.com"};
  return context_;
}

std::string access_problem(const MappingRecord& mapping, const model::ServiceError& error) {
  if (error.shape().code == error_shapes::kInvalidParameterValueException.code) return error.message();
  if (mapping.kind() == SourceKind::kQueue) {
    if (is_denial(error)) {
      return "The function execution role does not have permissions to call ReceiveMessage on SQS";
    }
    return fmt::format("Error occurred while ReceiveMessage. SQS Error Code: {}. SQS Error Message: {}",
                       error.shape().code, error.message());
  }
  if (!is_denial(error)) return "Stream not found: " + mapping.source_arn;
  return fmt::format(
      "Cannot access stream {}. Please ensure the role can perform the GetRecords, GetShardIterator, "
      "DescribeStream, {}and ListStreams Actions on your stream in IAM.",
      mapping.source_arn, mapping.kind() == SourceKind::kDataStream ? "ListShards, " : "");
}

void require_readable(const Core& core, const platform::EventSources& sources, const MappingRecord& mapping) {
  const std::string service = aws::parse_arn(mapping.source_arn)->service;
  platform::QueueSource* queue = sources.queue(service);
  platform::StreamSource* stream = sources.stream(service);
  if (queue == nullptr && stream == nullptr) refuse_missing(mapping);
  const Settings settings = require_function(core, mapping.function);
  std::string problem;
  try {
    SourceAccess access(core, mapping);
    if (queue != nullptr) {
      require_visibility(queue->describe(access.reader(), mapping.source_arn), settings.timeout);
    } else {
      stream->describe(access.reader(), mapping.source_arn);
    }
    return;
  } catch (const InvalidParameterValueException&) {
    throw;
  } catch (const model::ServiceError& error) {
    problem = access_problem(mapping, error);
  }
  refuse<Invalid>(problem);
}

}  // namespace haneul::lambda
