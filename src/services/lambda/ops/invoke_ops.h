// Invoke. https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
// A synchronous invocation writes nothing; an event, and whatever a durable function is invoked with, is
// durable before it is answered.
#pragma once

#include "gen/lambda/operations.h"
#include "platform/operation_table.h"
#include "services/lambda/async_queue.h"
#include "services/lambda/core.h"
#include "services/lambda/durable/engine.h"

namespace haneul::lambda {

class InvokeOps {
 public:
  InvokeOps(Core& core, AsyncQueue& queue, DurableEngine& durable)
      : core_(core), queue_(queue), durable_(durable) {}
  void register_operations(platform::OperationTable& table);

 private:
  using Request = platform::Request;
  Task<InvokeOutput> invoke(const Request& request, const InvokeInput& in, platform::Exchange& exchange);
  // Invoke with InvocationType=Event, as it was before there was Invoke.
  Task<InvokeAsyncOutput> invoke_async(const Request& request, const InvokeAsyncInput& in,
                                       platform::Exchange& exchange);
  Task<InvokeOutput> accept_event(const Request& request, const FunctionRef& ref,
                                  compute::Invocation invocation);
  Task<InvokeOutput> run_now(platform::Exchange& exchange, const InvokeInput& in, Resolved resolved,
                             compute::Invocation invocation);

  // Of durable functions: the execution is begun, and its end awaited by callers that wait.
  Task<InvokeOutput> begin_durable(const InvokeInput& in, Resolved resolved, compute::Invocation invocation);
  Task<InvokeOutput> run_durable(const InvokeInput& in, DurableStart start);

  Core& core_;
  AsyncQueue& queue_;
  DurableEngine& durable_;
};

}  // namespace haneul::lambda
