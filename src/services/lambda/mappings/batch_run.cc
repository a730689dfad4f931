#include "services/lambda/mappings/batch_run.h"

#include "base/log.h"
#include "gen/lambda/errors.h"
#include "platform/trace.h"
#include "services/lambda/invoker.h"
#include "services/lambda/recursion.h"

namespace haneul::lambda {

using compute::InvokeStatus;

namespace {

Task<BatchResult> run_resolved(const Core& core, const MappingRecord& mapping, Resolved resolved,
                               std::string payload) {
  BatchResult out{.request_id = core.random.uuid()};
  const std::string trace = platform::accept_trace_header("", core.clock.now(), core.random);
  compute::Invocation invocation{
      .request_id = RequestId(out.request_id),
      .payload = std::move(payload),
      .invoked_arn = mapping.function.qualified_arn(),
      .client_context = {},
      .cognito_identity = {},
      .trace_header =
          with_lineage(trace_for(resolved.settings, trace, TraceDecision::kOwn), mapping.function)};
  compute::LogOrigin log{.account = mapping.function.place.account,
                         .region = mapping.function.place.region,
                         .group = resolved.settings.log_group,
                         .stream = {},
                         .function_arn = {}};
  compute::InvokeResult result = co_await run_invocation(core, std::move(resolved), std::move(invocation));
  if (result.status == InvokeStatus::kThrottled || result.status == InvokeStatus::kUnavailable) co_return out;
  // Before the batch is settled: a crash must not leave a run that nothing tells of.
  log.stream = result.log_stream;
  co_await core.logs.written(log);
  out.kind = result.function_error ? BatchResult::Kind::kFailed : BatchResult::Kind::kOk;
  out.payload = std::move(result.payload);
  out.error = result.function_error.value_or("");
  out.version = result.executed_version;
  co_return out;
}

}  // namespace

Task<BatchResult> run_batch(const Core& core, const MappingRecord& mapping, std::string payload) {
  try {
    Resolved resolved =
        core.db.read([&](store::ReadTx& tx) { return resolve_invocation(tx, mapping.function, core); });
    if (resolved.reserved && *resolved.reserved == 0) co_return BatchResult{};
    co_return co_await run_resolved(core, mapping, std::move(resolved), std::move(payload));
  } catch (const std::exception& error) {
    log_warning("a batch could not be run", {{"mapping", mapping.uuid}, {"reason", error.what()}});
  }
  co_return BatchResult{};
}

}  // namespace haneul::lambda
