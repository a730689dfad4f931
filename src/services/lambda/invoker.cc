#include "services/lambda/invoker.h"

#include "services/lambda/limits.h"
#include "services/lambda/preparer.h"

namespace haneul::lambda {

void publish_use(const Core& core, const FunctionRef& ref, std::string unit, double amount) {
  platform::UsageFact fact;
  fact.at = core.clock.now();
  fact.account = ref.place.account;
  fact.region = ref.place.region;
  fact.service = "lambda";
  fact.resource = ref.arn();
  fact.unit = std::move(unit);
  fact.amount = amount;
  core.facts.publish(fact);
}

namespace {

void meter(const Core& core, const Resolved& resolved, const compute::InvokeResult& result) {
  using compute::InvokeStatus;
  if (result.status == InvokeStatus::kThrottled || result.status == InvokeStatus::kUnavailable) return;
  const auto memory_gb = static_cast<double>(resolved.settings.memory_mb) / 1024.0;
  const bool is_provisioned = result.initialization == compute::Initialization::kProvisioned;
  publish_use(core, resolved.ref, is_provisioned ? "provisioned-duration-GB-ms" : "GB-ms",
              static_cast<double>(result.billed.count()) * memory_gb);
}

Task<void> drive(const Core& core, Resolved resolved, compute::Invocation invocation,
                 std::shared_ptr<StreamedRun> run) {
  const FunctionRef ref = resolved.ref;
  try {
    run->result = co_await run_invocation(core, std::move(resolved), std::move(invocation));
    const uint64_t bytes = run->pipe->written();
    if (bytes > kStreamedBytesFree)
      publish_use(core, ref, "streamed-bytes", static_cast<double>(bytes - kStreamedBytesFree));
  } catch (...) {
    run->error = std::current_exception();
  }
  run->pipe->finish();
}

}  // namespace

Task<compute::InvokeResult> run_invocation(const Core& core, Resolved resolved,
                                           compute::Invocation invocation) {
  if (resolved.settings.durable)
    co_return co_await core.durable->run_durable(std::move(resolved), std::move(invocation));
  co_return co_await run_environment(core, std::move(resolved), std::move(invocation));
}

Task<compute::InvokeResult> run_environment(const Core& core, Resolved resolved,
                                            compute::Invocation invocation) {
  const Images::Ptr image = co_await ready_image(core, resolved);
  const compute::ConcurrencyLimits limits{.account_unreserved = resolved.account_unreserved,
                                          .reserved = resolved.reserved};
  compute::InvokeResult result = co_await core.runner.invoke(image, std::move(invocation), limits, core.logs);
  meter(core, resolved, result);
  co_return result;
}

std::shared_ptr<StreamedRun> start_streamed(const Core& core, Resolved resolved,
                                            compute::Invocation invocation) {
  auto run = std::make_shared<StreamedRun>();
  invocation.stream = run->pipe;
  spawn(*Executor::current(), "streamed invocation",
        drive(core, std::move(resolved), std::move(invocation), run));
  return run;
}

std::string trace_for(const Settings& settings, const std::string& trace_id, TraceDecision decision) {
  std::string out = trace_id;
  if (settings.tracing != "Active" || decision == TraceDecision::kCallers) return out;
  constexpr std::string_view kNo = "Sampled=0";
  if (const size_t at = out.find(kNo); at != std::string::npos) out.replace(at, kNo.size(), "Sampled=1");
  return out;
}

}  // namespace haneul::lambda
