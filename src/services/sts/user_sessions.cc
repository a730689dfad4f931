// GetSessionToken and GetFederationToken: temporary credentials of a user or of the account's root.
#include "aws/arn.h"
#include "model/common_errors.h"
#include "platform/auth_errors.h"
#include "services/sts/limits.h"
#include "services/sts/service.h"
#include "services/sts/session_input.h"

namespace haneul::sts {

namespace {

using platform::Caller;
using platform::Request;

void require_long_term_user(const Request& request, std::string_view operation) {
  const Caller& caller = request.caller;
  const bool is_user = caller.kind == Caller::Kind::kUser || caller.kind == Caller::Kind::kRoot;
  if (is_user && !caller.token_issued_at) return;
  platform::throw_auth_failure(*request.service, platform::AuthFailure::kDenied,
                               "Cannot call " + std::string(operation) + " with session credentials");
}

iam::SessionGrant make_grant(const Request& request, std::optional<int32_t> duration) {
  const Caller& caller = request.caller;
  const bool is_root = caller.kind == Caller::Kind::kRoot;
  iam::SessionGrant grant{.kind = is_root ? iam::SessionGrant::Kind::kRoot : iam::SessionGrant::Kind::kUser,
                          .account = caller.account,
                          .principal_id = caller.unique_id,
                          .name = caller.name};
  const Seconds usual = is_root ? kRootSessionMax : kUserSessionDefault;
  grant.duration = duration ? Seconds(*duration) : usual;
  // A longer session of the root is cut to an hour, as AWS does.
  if (is_root) grant.duration = std::min(grant.duration, kRootSessionMax);
  return grant;
}

}  // namespace

GetSessionTokenOutput Sts::get_session_token(const Request& request, const GetSessionTokenInput& input) {
  require_long_term_user(request, "GetSessionToken");
  refuse_mfa(input.serial_number, input.token_code);
  refuse_token_size(input.minimum_session_token_size);
  const iam::SessionGrant grant = make_grant(request, input.duration_seconds);
  return {.credentials = to_credentials(iam_.issue(grant))};
}

GetFederationTokenOutput Sts::get_federation_token(const Request& request,
                                                   const GetFederationTokenInput& input) {
  require_long_term_user(request, "GetFederationToken");
  refuse_token_size(input.minimum_session_token_size);
  if (request.caller.kind == Caller::Kind::kRoot) {
    throw model::AccessDenied("Federation tokens are made with the keys of a user, not of the account root.");
  }
  iam::SessionGrant grant = make_grant(request, input.duration_seconds);
  grant.kind = iam::SessionGrant::Kind::kFederated;
  grant.session_name = input.name;
  take_policies({input.policy, input.policy_arns}, iam_, grant);
  grant.tags = read_tags(input.tags);
  GetFederationTokenOutput out;
  out.packed_policy_size = packed_percent(grant);
  // Without session policies a federated user has no rights but those that resource policies give.
  if (grant.policies.empty() && grant.policy_arns.empty()) {
    grant.policies = {R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"none:None",)"
                      R"("Resource":"*"}]})"};
  }
  const iam::SessionCredentials issued = iam_.issue(grant);
  out.credentials = to_credentials(issued);
  out.federated_user = FederatedUser{.federated_user_id = issued.caller.unique_id, .arn = issued.caller.arn};
  return out;
}

}  // namespace haneul::sts
