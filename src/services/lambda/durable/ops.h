// The API of durable executions: what the SDK inside a function calls, and what others look at them with.
// https://docs.aws.amazon.com/lambda/latest/api/API_CheckpointDurableExecution.html
// Each is authorised on the execution's own ARN, listing on the function's.
#pragma once

#include "gen/lambda/operations.h"
#include "platform/operation_table.h"
#include "services/lambda/durable/engine.h"

namespace haneul::lambda {

class DurableOps {
 public:
  DurableOps(Core& core, DurableEngine& engine) : core_(core), parts_(engine.parts()) {}
  void register_operations(platform::OperationTable& table);

 private:
  using Request = platform::Request;
  template <class Op, class Output, class Input>
  void add(platform::OperationTable& table, Output (DurableOps::*run)(const Request&, const Input&),
           platform::Effect effect);
  void register_callbacks(platform::OperationTable& table);
  platform::AccessChecks callback_check(const char* action, const std::string& callback_id) const;

  CheckpointDurableExecutionOutput checkpoint(const Request& request,
                                              const CheckpointDurableExecutionInput& in);
  GetDurableExecutionStateOutput get_state(const Request& request, const GetDurableExecutionStateInput& in);
  GetDurableExecutionOutput get(const Request& request, const GetDurableExecutionInput& in);
  GetDurableExecutionHistoryOutput get_history(const Request& request,
                                               const GetDurableExecutionHistoryInput& in);
  ListDurableExecutionsByFunctionOutput list(const Request& request,
                                             const ListDurableExecutionsByFunctionInput& in);
  StopDurableExecutionOutput stop(const Request& request, const StopDurableExecutionInput& in);

  SendDurableExecutionCallbackSuccessOutput succeed(const Request& request,
                                                    const SendDurableExecutionCallbackSuccessInput& in);
  SendDurableExecutionCallbackFailureOutput fail(const Request& request,
                                                 const SendDurableExecutionCallbackFailureInput& in);
  SendDurableExecutionCallbackHeartbeatOutput beat(const Request& request,
                                                   const SendDurableExecutionCallbackHeartbeatInput& in);

  Core& core_;
  DurableParts& parts_;
};

}  // namespace haneul::lambda
