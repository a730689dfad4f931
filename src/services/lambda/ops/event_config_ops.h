// How a function's asynchronous invocations are retried and where their results go.
// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-configuring.html
#pragma once

#include "gen/lambda/operations.h"
#include "platform/operation_table.h"
#include "services/lambda/core.h"

namespace haneul::lambda {

class EventConfigOps {
 public:
  explicit EventConfigOps(Core& core) : core_(core) {}
  void register_operations(platform::OperationTable& table);

 private:
  using Request = platform::Request;
  PutFunctionEventInvokeConfigOutput put(const Request& request, const PutFunctionEventInvokeConfigInput& in);
  UpdateFunctionEventInvokeConfigOutput update(const Request& request,
                                               const UpdateFunctionEventInvokeConfigInput& in);
  GetFunctionEventInvokeConfigOutput get(const Request& request, const GetFunctionEventInvokeConfigInput& in);
  DeleteFunctionEventInvokeConfigOutput remove(const Request& request,
                                               const DeleteFunctionEventInvokeConfigInput& in);
  ListFunctionEventInvokeConfigsOutput list(const Request& request,
                                            const ListFunctionEventInvokeConfigsInput& in);

  Core& core_;
};

}  // namespace haneul::lambda
