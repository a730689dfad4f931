#include "services/lambda/invoker.h"

namespace haneul::lambda {

namespace {

void meter(const Core& core, const Resolved& resolved, const compute::InvokeResult& result) {
  using compute::InvokeStatus;
  if (result.status == InvokeStatus::kThrottled || result.status == InvokeStatus::kUnavailable) return;
  platform::UsageFact fact;
  fact.at = core.clock.now();
  fact.account = resolved.ref.place.account;
  fact.region = resolved.ref.place.region;
  fact.service = "lambda";
  fact.resource = resolved.ref.arn();
  fact.unit = "GB-ms";
  fact.amount =
      static_cast<double>(result.billed.count()) * static_cast<double>(resolved.settings.memory_mb) / 1024.0;
  core.facts.publish(fact);
}

}  // namespace

Task<compute::InvokeResult> run_invocation(const Core& core, Resolved resolved,
                                           compute::Invocation invocation) {
  const Images::Ptr image = co_await core.images.get(resolved.ref, resolved.settings);
  const compute::ConcurrencyLimits limits{.account_unreserved = resolved.account_unreserved,
                                          .reserved = resolved.reserved};
  compute::InvokeResult result = co_await core.runner.invoke(image, std::move(invocation), limits, core.logs);
  meter(core, resolved, result);
  co_return result;
}

std::string trace_for(const Settings& settings, const std::string& trace_id, TraceDecision decision) {
  std::string out = trace_id;
  if (settings.tracing != "Active" || decision == TraceDecision::kCallers) return out;
  constexpr std::string_view kNo = "Sampled=0";
  if (const size_t at = out.find(kNo); at != std::string::npos) out.replace(at, kNo.size(), "Sampled=1");
  return out;
}

}  // namespace haneul::lambda
