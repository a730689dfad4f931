// AssumeRole: the trust policy of the role and the caller's own policies decide together; then the session is
// sealed with what it may do.
#include <algorithm>

#include "aws/arn.h"
#include "base/text.h"
#include "model/common_errors.h"
#include "platform/auth_errors.h"
#include "services/sts/limits.h"
#include "services/sts/service.h"
#include "services/sts/session_input.h"

namespace haneul::sts {

namespace {

using platform::AccessCheck;
using platform::Caller;
using platform::Request;

bool is_chained(const Request& request) { return request.caller.kind == Caller::Kind::kRoleSession; }

void refuse_callers(const Request& request) {
  if (request.caller.kind == Caller::Kind::kRoot) {
    platform::throw_auth_failure(*request.service, platform::AuthFailure::kDenied,
                                 "Roles may not be assumed by root accounts.");
  }
  if (request.caller.kind == Caller::Kind::kFederated) refuse_user_session(request);
}

AccessCheck make_check(const Request& request, const AssumeRoleInput& input,
                       const std::optional<iam::RoleFacts>& role) {
  AccessCheck check;
  check.resource = input.role_arn;
  check.rule = AccessCheck::PolicyRule::kResourceMustAllow;
  if (role) check.resource_policy = role->trust;
  const auto arn = aws::parse_arn(input.role_arn);
  check.resource_account = arn ? AccountId(arn->account) : request.account;
  auto& context = check.context;
  context["sts:RoleSessionName"] = {input.role_session_name};
  if (input.external_id) context["sts:ExternalId"] = {*input.external_id};
  if (input.source_identity) context["sts:SourceIdentity"] = {*input.source_identity};
  if (input.transitive_tag_keys) context["sts:TransitiveTagKeys"] = *input.transitive_tag_keys;
  add_tag_keys(input.tags, context);
  if (!role) return check;
  for (const auto& [key, value] : role->tags) {
    context["aws:ResourceTag/" + key] = {value};
    context["iam:ResourceTag/" + key] = {value};
  }
  return check;
}

Seconds duration_of(const Request& request, const AssumeRoleInput& input, const iam::RoleFacts& role) {
  const Seconds duration = input.duration_seconds ? Seconds(*input.duration_seconds) : kRoleSessionDefault;
  if (is_chained(request) && duration > kChainedSessionMax) {
    throw model::ValidationError(
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.");
  }
  if (duration > role.max_session) {
    throw model::ValidationError(
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
  }
  return duration;
}

bool has_key(const std::map<std::string, std::string>& tags, const std::string& key) {
  return std::ranges::any_of(tags, [&](const auto& tag) { return equals_ignore_case(tag.first, key); });
}

// Tags that were passed as transitive stay with every session that is made from this one.
void take_tags(const Request& request, const AssumeRoleInput& input, iam::SessionGrant& grant) {
  grant.tags = read_tags(input.tags);
  grant.transitive_tags = input.transitive_tag_keys.value_or(std::vector<std::string>());
  for (const std::string& key : grant.transitive_tags) {
    if (!has_key(grant.tags, key)) {
      throw model::InvalidParameterValue(
          "The specified transitive tag key must be included in the requested tags.");
    }
  }
  for (const std::string& key : request.caller.transitive_tag_keys) {
    if (has_key(grant.tags, key)) {
      throw model::InvalidParameterValue(
          "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag "
          "key from the calling session.");
    }
    const auto inherited = request.caller.principal_tags.find(key);
    if (inherited == request.caller.principal_tags.end()) continue;
    grant.tags.insert(*inherited);
    grant.transitive_tags.push_back(key);
  }
}

std::string source_identity_of(const Request& request, const AssumeRoleInput& input) {
  const std::string& held = request.caller.source_identity;
  const std::string wanted = input.source_identity.value_or(held);
  if (!held.empty() && wanted != held) {
    throw model::AccessDenied("The source identity of a session cannot be changed.");
  }
  return wanted;
}

}  // namespace

platform::AccessChecks Sts::assume_role_checks(const Request& request, const AssumeRoleInput& input) {
  refuse_callers(request);
  AccessCheck check = make_check(request, input, iam_.find_role(input.role_arn));
  platform::AccessChecks checks;
  const auto ask = [&](const char* action) {
    check.action = action;
    checks.push_back(check);
  };
  ask("sts:AssumeRole");
  if ((input.tags && !input.tags->empty()) || !request.caller.transitive_tag_keys.empty()) {
    ask("sts:TagSession");
  }
  if (input.source_identity || !request.caller.source_identity.empty()) ask("sts:SetSourceIdentity");
  return checks;
}

AssumeRoleOutput Sts::assume_role(const Request& request, const AssumeRoleInput& input) {
  refuse_mfa(input.serial_number, input.token_code);
  refuse_token_size(input.minimum_session_token_size);
  if (input.provided_contexts && !input.provided_contexts->empty()) {
    throw model::NotImplemented("ProvidedContexts is not implemented by Haneul.");
  }
  const auto role = iam_.find_role(input.role_arn);
  // It was there when access was judged.
  if (!role) throw model::AccessDenied("The role " + input.role_arn + " cannot be assumed.");
  iam::SessionGrant grant{.kind = iam::SessionGrant::Kind::kRole,
                          .account = role->account,
                          .principal_id = role->id,
                          .name = role->name,
                          .session_name = input.role_session_name};
  grant.duration = duration_of(request, input, *role);
  grant.source_identity = source_identity_of(request, input);
  take_policies({input.policy, input.policy_arns}, iam_, grant);
  take_tags(request, input, grant);
  AssumeRoleOutput out;
  out.packed_policy_size = packed_percent(grant);
  const iam::SessionCredentials issued = iam_.issue(grant);
  out.credentials = to_credentials(issued);
  out.assumed_role_user =
      AssumedRoleUser{.assumed_role_id = issued.caller.unique_id, .arn = issued.caller.arn};
  if (!grant.source_identity.empty()) out.source_identity = grant.source_identity;
  return out;
}

}  // namespace haneul::sts
