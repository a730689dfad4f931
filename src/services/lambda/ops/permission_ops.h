// Resource policies of functions, versions and aliases.
// https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html
#pragma once

#include "gen/lambda/operations.h"
#include "platform/operation_table.h"
#include "services/lambda/core.h"

namespace haneul::lambda {

class PermissionOps {
 public:
  explicit PermissionOps(Core& core) : core_(core) {}
  void register_operations(platform::OperationTable& table);

 private:
  using Request = platform::Request;
  AddPermissionOutput add(const Request& request, const AddPermissionInput& in);
  RemovePermissionOutput remove(const Request& request, const RemovePermissionInput& in);
  GetPolicyOutput get(const Request& request, const GetPolicyInput& in);
  // The same policies as whole documents.
  PutResourcePolicyOutput put_document(const Request& request, const PutResourcePolicyInput& in);
  GetResourcePolicyOutput get_document(const Request& request, const GetResourcePolicyInput& in);
  DeleteResourcePolicyOutput remove_document(const Request& request, const DeleteResourcePolicyInput& in);

  Core& core_;
};

}  // namespace haneul::lambda
