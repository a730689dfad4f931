#include "services/lambda/ops/invoke_input.h"

#include <fmt/format.h>

#include "base/json.h"
#include "base/json_check.h"
#include "base/text.h"
#include "gen/lambda/errors.h"

namespace haneul::lambda {

using compute::InvokeStatus;

namespace {

constexpr size_t kClientContextBytesMax = 3583;

[[noreturn]] void refuse_throttled(const std::string& reason) {
  TooManyRequestsException error("Rate Exceeded.");
  error.with("Type", "User");
  error.with("Reason", reason);
  throw error;
}

bool is_json_object(const std::string& text) {
  try {
    return parse_json(text).is_object();
  } catch (const ParseError&) {
    return false;
  }
}

[[noreturn]] void refuse_unavailable(const std::string& reason) {
  if (reason == kRoleRefused) throw model::AccessDeniedException(reason);
  ServiceException error("The function could not be run; the server's log says why.");
  error.with("Type", "Service");
  throw error;
}

}  // namespace

std::string require_payload(const std::optional<Blob>& payload, size_t bytes_max) {
  if (!payload || payload->bytes.empty()) return "{}";
  if (payload->bytes.size() > bytes_max) {
    refuse<RequestTooLargeException>(
        fmt::format("Request must be smaller than {} bytes for the InvokeFunction operation", bytes_max));
  }
  try {
    check_json(payload->bytes);
  } catch (const ParseError& error) {
    refuse<InvalidRequestContentException>(fmt::format(
        "Could not parse request body into json: Could not parse payload into json: {}", error.what()));
  }
  return payload->bytes;
}

std::string require_client_context(const MaybeText& encoded) {
  if (!encoded || encoded->empty()) return {};
  const auto decoded = base64_decode(*encoded);
  if (!decoded || encoded->size() > kClientContextBytesMax || !is_json_object(*decoded))
    refuse<InvalidRequestContentException>("Client context must be a valid Base64-encoded JSON object.");
  return *decoded;
}

void require_run(const compute::InvokeResult& result) {
  if (result.status == InvokeStatus::kRestoreError) {
    refuse<SnapStartException>(
        "The afterRestore() runtime hook encountered an error. For more information, check the Amazon "
        "CloudWatch logs.");
  }
  if (result.status == InvokeStatus::kRestoreTimeout)
    refuse<SnapStartTimeoutException>("Lambda couldn't restore the snapshot within the timeout limit.");
  if (result.status == InvokeStatus::kThrottled) refuse_throttled(result.reason);
  if (result.status == InvokeStatus::kUnavailable) refuse_unavailable(result.reason);
}

TraceDecision trace_decision(const platform::Request& request) {
  const bool given = request.headers == nullptr || request.headers->find("X-Amzn-Trace-Id") != nullptr;
  return given ? TraceDecision::kCallers : TraceDecision::kOwn;
}

}  // namespace haneul::lambda
