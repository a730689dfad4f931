// Invoke. https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
// A synchronous invocation writes nothing; an event is durable before it is answered with 202.
#pragma once

#include "gen/lambda/operations.h"
#include "platform/operation_table.h"
#include "services/lambda/async_queue.h"
#include "services/lambda/core.h"

namespace haneul::lambda {

class InvokeOps {
 public:
  InvokeOps(Core& core, AsyncQueue& queue) : core_(core), queue_(queue) {}
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

  Core& core_;
  AsyncQueue& queue_;
};

}  // namespace haneul::lambda
