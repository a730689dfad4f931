// Sts: who am I, and temporary credentials. AWS Security Token Service API Reference (2011-06-15). Holds no
// state: roles and credentials are IAM's (its port.h). Thread rule: any thread.
#pragma once

#include <span>

#include "gen/sts/types.h"
#include "platform/gap.h"
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
  AssumeRoleOutput assume_role(const platform::Request& request, const AssumeRoleInput& input);
  GetSessionTokenOutput get_session_token(const platform::Request& request,
                                          const GetSessionTokenInput& input);
  GetFederationTokenOutput get_federation_token(const platform::Request& request,
                                                const GetFederationTokenInput& input);

 private:
  platform::AccessChecks assume_role_checks(const platform::Request& request, const AssumeRoleInput& input);
  iam::Port& iam_;
};

std::span<const platform::FieldGap> field_gaps();

}  // namespace haneul::sts
