// Small configurations: recursion, runtime updates, and what is told of code signing, which no function has.
// https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionRecursionConfig.html
// https://docs.aws.amazon.com/lambda/latest/dg/runtime-management-configure-settings.html
#pragma once

#include "gen/lambda/operations.h"
#include "platform/operation_table.h"
#include "services/lambda/core.h"

namespace haneul::lambda {

class ControlOps {
 public:
  explicit ControlOps(Core& core) : core_(core) {}
  void register_operations(platform::OperationTable& table);

 private:
  using Request = platform::Request;
  PutFunctionRecursionConfigOutput put_recursion(const Request& request,
                                                 const PutFunctionRecursionConfigInput& in);
  GetFunctionRecursionConfigOutput get_recursion(const Request& request,
                                                 const GetFunctionRecursionConfigInput& in);
  PutRuntimeManagementConfigOutput put_runtime(const Request& request,
                                               const PutRuntimeManagementConfigInput& in);
  GetRuntimeManagementConfigOutput get_runtime(const Request& request,
                                               const GetRuntimeManagementConfigInput& in);
  GetFunctionCodeSigningConfigOutput get_signing(const Request& request,
                                                 const GetFunctionCodeSigningConfigInput& in);

  Core& core_;
};

}  // namespace haneul::lambda
