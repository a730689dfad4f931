#include "services/sts/service.h"

#include <array>

#include "gen/sts/operations.h"
#include "model/common_errors.h"
#include "services/sts/session_input.h"

namespace haneul::sts {

using platform::bind_run;
using platform::Effect;
using platform::Request;

// Temporary credentials are sealed, not stored: every operation is read-only.
void Sts::register_operations(platform::OperationTable& table) {
  table.add<op::GetCallerIdentity>(
      {.access = platform::access_free("tells callers who they are; AWS asks for no permission"),
       .run = bind_run(this, &Sts::get_caller_identity),
       .effect = Effect::kReadOnly});
  table.add<op::GetAccessKeyInfo>({.access =
                                       [](const Request& request, const GetAccessKeyInfoInput&) {
                                         refuse_user_session(request);
                                         return platform::check("sts:GetAccessKeyInfo", "*");
                                       },
                                   .run = bind_run(this, &Sts::get_access_key_info),
                                   .effect = Effect::kReadOnly});
  table.add<op::AssumeRole>(
      {.access = [this](const Request& request,
                        const AssumeRoleInput& input) { return assume_role_checks(request, input); },
       .run = bind_run(this, &Sts::assume_role),
       .effect = Effect::kReadOnly});
  table.add<op::GetSessionToken>(
      {.access = platform::access_free("gives users what they have already; AWS asks for no permission"),
       .run = bind_run(this, &Sts::get_session_token),
       .effect = Effect::kReadOnly});
  table.add<op::GetFederationToken>({.access =
                                         [](const Request& request, const GetFederationTokenInput& input) {
                                           refuse_user_session(request);
                                           return federation_checks(request, input);
                                         },
                                     .run = bind_run(this, &Sts::get_federation_token),
                                     .effect = Effect::kReadOnly});
}

GetCallerIdentityOutput Sts::get_caller_identity(const Request& request,
                                                 const GetCallerIdentityInput& /*input*/) {
  const platform::Caller& caller = request.caller;
  return {.user_id = caller.unique_id, .account = caller.account.str(), .arn = caller.arn};
}

GetAccessKeyInfoOutput Sts::get_access_key_info(const Request& /*request*/,
                                                const GetAccessKeyInfoInput& input) {
  const auto account = iam_.account_of_key(input.access_key_id);
  if (!account) throw model::ValidationError("Invalid Access Key: " + input.access_key_id);
  return {.account = account->str()};
}

std::span<const platform::FieldGap> field_gaps() {
  static constexpr std::array<platform::FieldGap, 4> kGaps{{
      {"*", "SerialNumber", "AccessDenied", "there are no MFA devices"},
      {"*", "TokenCode", "AccessDenied", "there are no MFA devices"},
      {"AssumeRole", "ProvidedContexts", "NotImplemented", "there are no context providers"},
      {"*", "MinimumSessionTokenSize", "NotImplemented", "tokens have the size of what they hold"},
  }};
  return kGaps;
}

}  // namespace haneul::sts
