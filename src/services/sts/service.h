// Sts: who am I, and temporary credentials. AWS Security Token Service API Reference (2011-06-15). Holds no
// state: roles and credentials are IAM's (its port.h). Thread rule: any thread.
#pragma once

#include "gen/sts/types.h"
#include "platform/operation_table.h"
#include "services/iam/port.h"

namespace haneul::sts {

class Sts {
 public:
  explicit Sts(iam::Port& iam) : iam_(iam) {}
  void register_operations(platform::OperationTable& table);

  GetCallerIdentityOutput get_caller_identity(const platform::Request& request,
                                              const GetCallerIdentityInput& input);
  GetAccessKeyInfoOutput get_access_key_info(const platform::Request& request,
                                             const GetAccessKeyInfoInput& input);

 private:
  iam::Port& iam_;
};

}  // namespace haneul::sts
