#include "services/lambda/ops/invoke_ops.h"

#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"
#include "gen/lambda/errors.h"
#include "services/lambda/invoker.h"

namespace haneul::lambda {

using compute::InvokeStatus;

namespace {

constexpr size_t kClientContextBytesMax = 3583;

std::string require_payload(const InvokeInput& in, size_t limit) {
  if (!in.payload || in.payload->bytes.empty()) return "{}";
  if (in.payload->bytes.size() > limit) {
    refuse<RequestTooLargeException>(
        fmt::format("Request must be smaller than {} bytes for the InvokeFunction operation", limit));
  }
  try {
    parse_json(in.payload->bytes);
  } catch (const ParseError& error) {
    refuse<InvalidRequestContentException>(
        fmt::format("Could not parse request body into json: {}", error.what()));
  }
  return in.payload->bytes;
}

std::string require_client_context(const InvokeInput& in) {
  if (!in.client_context || in.client_context->empty()) return {};
  const auto decoded = base64_decode(*in.client_context);
  if (!decoded || in.client_context->size() > kClientContextBytesMax || !is_valid_utf8(*decoded))
    refuse<InvalidRequestContentException>("Client context must be a valid Base64-encoded JSON object.");
  return *decoded;
}

[[noreturn]] void refuse_throttled(const std::string& reason) {
  TooManyRequestsException error("Rate Exceeded.");
  error.with("Type", "User");
  error.with("Reason", reason);
  throw error;
}

[[noreturn]] void refuse_unavailable(const std::string& reason) {
  if (reason == kRoleRefused) throw model::AccessDeniedException(reason);
  ServiceException error("The function could not be run; the server's log says why.");
  error.with("Type", "Service");
  throw error;
}

TraceDecision decision_of(const platform::Request& request) {
  const bool given = request.headers == nullptr || request.headers->find("X-Amzn-Trace-Id") != nullptr;
  return given ? TraceDecision::kCallers : TraceDecision::kOwn;
}

}  // namespace

void InvokeOps::register_operations(platform::OperationTable& table) {
  table.add_parking<op::Invoke>({.access =
                                     [this](const Request& request, const InvokeInput& in) {
                                       return core_.function_check(
                                           "lambda:InvokeFunction",
                                           parse_function(request, in.function_name, in.qualifier));
                                     },
                                 .run = platform::bind_run(this, &InvokeOps::invoke),
                                 .effect = platform::Effect::kReadOnly});
}

Task<InvokeOutput> InvokeOps::invoke(const Request& request, const InvokeInput& in,
                                     platform::Exchange& exchange) {
  if (in.durable_execution_name)
    throw model::NotImplemented("DurableExecutionName is not implemented by Haneul.");
  if (in.tenant_id) throw model::NotImplemented("TenantId is not implemented by Haneul.");
  const std::string type = in.invocation_type.value_or("RequestResponse");
  const FunctionRef ref = parse_function(request, in.function_name, in.qualifier);
  compute::Invocation invocation;
  invocation.request_id = request.id;
  invocation.payload = require_payload(in, type == "Event" ? kAsyncPayloadBytesMax : kSyncPayloadBytesMax);
  invocation.client_context = require_client_context(in);
  invocation.invoked_arn = ref.qualified_arn();
  Resolved resolved =
      core_.db.read([&](store::ReadTx& tx) { return resolve_invocation(tx, ref, core_.random); });
  invocation.trace_header = trace_for(resolved.settings, request.trace_id, decision_of(request));
  if (type == "DryRun") {
    InvokeOutput out;
    out.status_code = 204;
    co_return out;
  }
  if (type == "Event") co_return co_await accept_event(request, ref, std::move(invocation));
  exchange.headers.set("Content-Type", "application/json");
  co_return co_await run_now(request, in, std::move(resolved), std::move(invocation));
}

Task<InvokeOutput> InvokeOps::accept_event(const Request& request, const FunctionRef& ref,
                                           compute::Invocation invocation) {
  const AsyncEvent event{.ref = ref,
                         .request_id = request.id.str(),
                         .payload = std::move(invocation.payload),
                         .client_context = std::move(invocation.client_context),
                         .trace_id = std::move(invocation.trace_header),
                         .accepted_at = request.now};
  const store::Scope scope =
      store::make_scope(ref.place.account, ref.place.region, "lambda", "events/" + request.id.str());
  core_.db.write(scope, [&](store::Tx& tx) { queue_.enqueue(tx, event); });
  co_await core_.db.wait_durable(core_.db.last_ordered());
  InvokeOutput out;
  out.status_code = 202;
  co_return out;
}

Task<InvokeOutput> InvokeOps::run_now(const Request&, const InvokeInput& in, Resolved resolved,
                                      compute::Invocation invocation) {
  const std::string version = resolved.settings.version;
  compute::InvokeResult result = co_await run_invocation(core_, std::move(resolved), std::move(invocation));
  if (result.status == InvokeStatus::kThrottled) refuse_throttled(result.reason);
  if (result.status == InvokeStatus::kUnavailable) refuse_unavailable(result.reason);
  InvokeOutput out;
  out.status_code = 200;
  out.function_error = result.function_error;
  out.executed_version = version;
  out.payload = Blob{std::move(result.payload)};
  if (in.log_type.value_or("None") == "Tail") out.log_result = base64_encode(result.log_tail);
  co_return out;
}

}  // namespace haneul::lambda
