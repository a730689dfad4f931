#include "services/sts/service.h"

#include "gen/sts/operations.h"
#include "model/common_errors.h"

namespace haneul::sts {

using platform::bind_run;
using platform::Effect;

void Sts::register_operations(platform::OperationTable& table) {
  table.add<op::GetCallerIdentity>(
      {.access = platform::access_free("tells callers who they are; AWS asks for no permission"),
       .run = bind_run(this, &Sts::get_caller_identity),
       .effect = Effect::kReadOnly});
  table.add<op::GetAccessKeyInfo>(
      {.access = [](const platform::Request&,
                    const GetAccessKeyInfoInput&) { return platform::check("sts:GetAccessKeyInfo", "*"); },
       .run = bind_run(this, &Sts::get_access_key_info),
       .effect = Effect::kReadOnly});
}

GetCallerIdentityOutput Sts::get_caller_identity(const platform::Request& request,
                                                 const GetCallerIdentityInput& /*input*/) {
  const platform::Caller& caller = request.caller;
  return {.user_id = caller.unique_id, .account = caller.account.str(), .arn = caller.arn};
}

GetAccessKeyInfoOutput Sts::get_access_key_info(const platform::Request& /*request*/,
                                                const GetAccessKeyInfoInput& input) {
  const auto account = iam_.account_of_key(input.access_key_id);
  if (!account) throw model::ValidationError("Invalid Access Key: " + input.access_key_id);
  return {.account = account->str()};
}

}  // namespace haneul::sts
