// The operations on functions themselves: create, change, show, list, delete.
// https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html
#pragma once

#include "gen/lambda/operations.h"
#include "platform/operation_table.h"
#include "services/lambda/core.h"

namespace haneul::lambda {

using platform::Exchange;
using platform::OperationTable;
using platform::Request;

class FunctionOps {
 public:
  explicit FunctionOps(Core& core) : core_(core) {}
  void register_operations(OperationTable& table);

 private:
  void register_changes(OperationTable& table);
  platform::AccessChecks create_checks(const Request& request, const CreateFunctionInput& in) const;
  platform::AccessChecks configuration_checks(const Request& request,
                                              const UpdateFunctionConfigurationInput& in) const;
  void add_layer_checks(platform::AccessChecks& checks, const std::vector<std::string>& layers) const;

  Task<CreateFunctionOutput> create(const Request& request, const CreateFunctionInput& in, Exchange&);
  Task<UpdateFunctionCodeOutput> update_code(const Request& request, const UpdateFunctionCodeInput& in,
                                             Exchange&);
  Task<UpdateFunctionConfigurationOutput> update_configuration(const Request& request,
                                                               const UpdateFunctionConfigurationInput& in,
                                                               Exchange&);
  GetFunctionOutput get(const Request& request, const GetFunctionInput& in);
  GetFunctionConfigurationOutput get_configuration(const Request& request,
                                                   const GetFunctionConfigurationInput& in);
  ListFunctionsOutput list(const Request& request, const ListFunctionsInput& in);
  DeleteFunctionOutput remove(const Request& request, const DeleteFunctionInput& in);
  DeleteFunctionOutput remove_version(const FunctionRef& ref, Timestamp now);
  Settings replace_code(const FunctionRef& ref, const UpdateFunctionCodeInput& in,
                        const CodeStore::Staged& staged, Settings change);

  Core& core_;
};

}  // namespace haneul::lambda
