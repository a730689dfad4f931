#include "services/lambda/ops/invoke_ops.h"

#include "base/text.h"
#include "gen/lambda/errors.h"
#include "platform/body.h"
#include "services/lambda/ops/invoke_input.h"
#include "services/lambda/recursion.h"

namespace haneul::lambda {

void InvokeOps::register_operations(platform::OperationTable& table) {
  table.add_parking<op::Invoke>({.access =
                                     [this](const Request& request, const InvokeInput& in) {
                                       return core_.invoke_check(
                                           parse_function(request, in.function_name, in.qualifier));
                                     },
                                 .run = platform::bind_run(this, &InvokeOps::invoke),
                                 .effect = platform::Effect::kReadOnly});
  table.add_parking<op::InvokeAsync>(
      {.access =
           [this](const Request& request, const InvokeAsyncInput& in) {
             return core_.function_check("lambda:InvokeAsync", parse_function(request, in.function_name));
           },
       .run = platform::bind_run(this, &InvokeOps::invoke_async),
       .effect = platform::Effect::kReadOnly});
}

Task<InvokeOutput> InvokeOps::invoke(const Request& request, const InvokeInput& in,
                                     platform::Exchange& exchange) {
  if (in.tenant_id) throw model::NotImplemented("TenantId is not implemented by Haneul.");
  const std::string type = in.invocation_type.value_or("RequestResponse");
  const FunctionRef ref = parse_function(request, in.function_name, in.qualifier);
  compute::Invocation invocation;
  invocation.request_id = request.id;
  invocation.payload =
      require_payload(in.payload, type == "Event" ? kAsyncPayloadBytesMax : kSyncPayloadBytesMax);
  invocation.client_context = require_client_context(in.client_context);
  invocation.invoked_arn = ref.qualified_arn();
  Resolved resolved = core_.db.read([&](store::ReadTx& tx) { return resolve_invocation(tx, ref, core_); });
  invocation.trace_header = trace_for(resolved.settings, request.trace_id, trace_decision(request));
  const bool is_durable = resolved.settings.durable.has_value();
  if (in.durable_execution_name && !is_durable)
    refuse<InvalidParameterValueException>(
        "You cannot provide a durable execution name for a function that is not durable.");
  if (is_durable) require_durable_call(resolved, type == "Event" ? CallerWaits::kNo : CallerWaits::kYes);
  if (type == "DryRun") {
    InvokeOutput out;
    out.status_code = 204;
    co_return out;
  }
  if (type == "Event" && !is_durable) co_return co_await accept_event(request, ref, std::move(invocation));
  if (is_runaway(invocation.trace_header, resolved)) refuse_recursion();
  if (is_durable) {
    if (type != "Event") exchange.headers.set("Content-Type", "application/json");
    co_return co_await begin_durable(in, std::move(resolved), std::move(invocation));
  }
  invocation.trace_header = with_lineage(invocation.trace_header, ref);
  exchange.headers.set("Content-Type", "application/json");
  co_return co_await run_now(exchange, in, std::move(resolved), std::move(invocation));
}

Task<InvokeAsyncOutput> InvokeOps::invoke_async(const Request& request, const InvokeAsyncInput& in,
                                                platform::Exchange& exchange) {
  const FunctionRef ref = parse_function(request, in.function_name);
  Blob payload;
  if (exchange.body != nullptr)
    payload.bytes = co_await platform::read_all(*exchange.body, kAsyncPayloadBytesMax + 1);
  compute::Invocation invocation;
  invocation.request_id = request.id;
  invocation.payload = require_payload(payload, kAsyncPayloadBytesMax);
  const Resolved resolved =
      core_.db.read([&](store::ReadTx& tx) { return resolve_invocation(tx, ref, core_); });
  invocation.trace_header = trace_for(resolved.settings, request.trace_id, trace_decision(request));
  if (resolved.settings.durable) {
    require_durable_call(resolved, CallerWaits::kNo);
    invocation.invoked_arn = ref.qualified_arn();
    co_await durable_.start({.resolved = resolved, .invocation = std::move(invocation)});
  } else {
    co_await accept_event(request, ref, std::move(invocation));
  }
  co_return InvokeAsyncOutput{.status = 202};
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

Task<InvokeOutput> InvokeOps::run_now(platform::Exchange& exchange, const InvokeInput& in, Resolved resolved,
                                      compute::Invocation invocation) {
  const std::string version = resolved.settings.version;
  compute::InvokeResult result = co_await run_invocation(core_, std::move(resolved), std::move(invocation));
  exchange.home = result.home;
  require_run(result);
  InvokeOutput out;
  out.status_code = 200;
  out.function_error = result.function_error;
  out.executed_version = version;
  out.payload = Blob{std::move(result.payload)};
  if (in.log_type.value_or("None") == "Tail") out.log_result = base64_encode(result.log_tail);
  co_return out;
}

Task<InvokeOutput> InvokeOps::begin_durable(const InvokeInput& in, Resolved resolved,
                                            compute::Invocation invocation) {
  const bool waits = in.invocation_type.value_or("RequestResponse") != "Event";
  DurableStart start{.resolved = std::move(resolved),
                     .invocation = std::move(invocation),
                     .name = in.durable_execution_name,
                     .result_bytes_max = waits ? kSyncResultBytesMax : kAsyncResultBytesMax,
                     .parent = {},
                     .parent_operation = {}};
  if (waits) co_return co_await run_durable(in, std::move(start));
  InvokeOutput out;
  out.status_code = 202;
  out.durable_execution_arn = (co_await durable_.start(std::move(start))).ref.arn();
  co_return out;
}

Task<InvokeOutput> InvokeOps::run_durable(const InvokeInput& in, DurableStart start) {
  DurableEngine::Ended ended = co_await durable_.run_to_end(std::move(start));
  InvokeOutput out;
  out.status_code = 200;
  out.durable_execution_arn = ended.head.ref.arn();
  out.function_error = ended.result.function_error;
  out.executed_version = ended.head.ref.version;
  out.payload = Blob{std::move(ended.result.payload)};
  if (in.log_type.value_or("None") == "Tail") out.log_result = base64_encode(ended.result.log_tail);
  co_return out;
}

}  // namespace haneul::lambda
