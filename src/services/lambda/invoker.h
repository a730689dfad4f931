// Invoker: one invocation of a resolved function: its image, its concurrency, its run, its price.
// Thread rule: on an executor's thread.
#pragma once

#include <exception>
#include <memory>

#include "compute/response_pipe.h"
#include "services/lambda/core.h"

namespace haneul::lambda {

// A row of the price table for the function. Any thread.
void publish_use(const Core& core, const FunctionRef& ref, std::string unit, double amount);

// Of a durable function: a whole execution.
Task<compute::InvokeResult> run_invocation(const Core& core, Resolved resolved,
                                           compute::Invocation invocation);
// The invocation itself, whatever the function is.
Task<compute::InvokeResult> run_environment(const Core& core, Resolved resolved,
                                            compute::Invocation invocation);

// An invocation that runs on its own while its answer is read. Read `pipe` to its end, then look at the rest.
struct StreamedRun {
  std::shared_ptr<compute::ResponsePipe> pipe = std::make_shared<compute::ResponsePipe>();
  compute::InvokeResult result;  // with the payload, when the function did not stream
  std::exception_ptr error;      // instead of a result
};
std::shared_ptr<StreamedRun> start_streamed(const Core& core, Resolved resolved,
                                            compute::Invocation invocation);

// The trace header as the function sees it: with active tracing, a request that came without a decision is
// sampled.
enum class TraceDecision { kCallers, kOwn };
std::string trace_for(const Settings& settings, const std::string& trace_id, TraceDecision decision);

}  // namespace haneul::lambda
