// Invoker: one invocation of a resolved function: its image, its concurrency, its run, its price.
// Thread rule: on an executor's thread.
#pragma once

#include "services/lambda/core.h"

namespace haneul::lambda {

Task<compute::InvokeResult> run_invocation(const Core& core, Resolved resolved,
                                           compute::Invocation invocation);

// The trace header as the function sees it: with active tracing, a request that came without a decision is
// sampled.
enum class TraceDecision { kCallers, kOwn };
std::string trace_for(const Settings& settings, const std::string& trace_id, TraceDecision decision);

}  // namespace haneul::lambda
