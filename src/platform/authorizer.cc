#include "platform/authorizer.h"

#include "aws/policy/evaluate.h"
#include "base/text.h"
#include "platform/auth_errors.h"

namespace haneul::platform {

namespace {

using PolicyContext = aws::policy::Context;

aws::policy::Principal to_principal(const Caller& caller) {
  using Kind = aws::policy::Principal::Kind;
  aws::policy::Principal principal;
  switch (caller.kind) {
    case Caller::Kind::kAnonymous: principal.kind = Kind::kAnonymous; break;
    case Caller::Kind::kRoot: principal.kind = Kind::kRoot; break;
    case Caller::Kind::kUser: principal.kind = Kind::kUser; break;
    case Caller::Kind::kRoleSession: principal.kind = Kind::kRoleSession; break;
    case Caller::Kind::kFederated: principal.kind = Kind::kFederatedUser; break;
    case Caller::Kind::kService: principal.kind = Kind::kService; break;
  }
  principal.account = caller.account.str();
  principal.arn = caller.arn;
  principal.issuer_arn = caller.role_arn;
  principal.unique_id = caller.unique_id;
  principal.issuer_id = caller.issuer_id;
  principal.service = caller.service;
  return principal;
}

// Global keys of the request, then the caller's own, then those of the check.
void fill_context(const Request& request, const AccessCheck& access, const aws::policy::Principal& principal,
                  PolicyContext& context) {
  aws::policy::add_principal_keys(principal, context);
  context.set("aws:CurrentTime", format_iso8601(request.now));
  const auto seconds = std::chrono::duration_cast<Seconds>(request.now.time_since_epoch()).count();
  context.set("aws:EpochTime", std::to_string(seconds));
  context.set("aws:SecureTransport", request.over_tls ? "true" : "false");
  context.set("aws:RequestedRegion", request.region.str());
  context.set("aws:ViaAWSService", "false");
  if (!request.source_ip.empty()) context.set("aws:SourceIp", request.source_ip);
  if (!request.user_agent.empty()) context.set("aws:UserAgent", request.user_agent);
  if (request.headers != nullptr && request.headers->find("Referer") != nullptr) {
    context.set("aws:Referer", std::string(request.headers->get("Referer")));
  }
  const Caller& caller = request.caller;
  if (caller.token_issued_at) context.set("aws:TokenIssueTime", format_iso8601(*caller.token_issued_at));
  if (!caller.source_identity.empty()) context.set("aws:SourceIdentity", caller.source_identity);
  for (const auto& [key, value] : caller.principal_tags) context.set("aws:PrincipalTag/" + key, value);
  for (const auto& [key, values] : caller.context) context.set_all(key, values);
  const bool has_resource_account = access.resource_account.has_value();
  context.set("aws:ResourceAccount",
              has_resource_account ? access.resource_account->str() : request.account.str());
  for (const auto& [key, values] : access.context) context.set_all(key, values);
}

struct SessionPolicies {
  std::vector<PolicyPtr> owned;
  std::vector<aws::policy::PolicyRef> refs;
};

SessionPolicies parse_session_policies(const Caller& caller) {
  SessionPolicies out;
  for (const std::string& document : caller.session_policies) {
    out.owned.push_back(aws::policy::parse_policy(document, aws::policy::PolicyKind::kIdentity));
    out.refs.push_back({"session", out.owned.back().get()});
  }
  return out;
}

}  // namespace

Verdict Authorizer::judge(const Request& request, const AccessCheck& access) const {
  const PolicySet policies = identities_.policies_of(request.caller);
  std::vector<aws::policy::PolicyRef> identity;
  identity.reserve(policies.identity.size());
  for (const NamedPolicy& named : policies.identity) identity.push_back({named.id, named.policy.get()});
  const SessionPolicies session = parse_session_policies(request.caller);
  aws::policy::AuthorizationRequest question;
  question.principal = to_principal(request.caller);
  const PolicyContext context(
      [&](PolicyContext& out) { fill_context(request, access, question.principal, out); });
  question.action = access.action;
  question.resource = access.resource;
  const std::string& owner = access.resource_account ? access.resource_account->str() : request.account.str();
  question.resource_account = owner;
  question.context = &context;
  question.identity = identity;
  question.boundary = policies.boundary ? policies.boundary->policy.get() : nullptr;
  question.session = session.refs;
  question.resource_policy = access.resource_policy.get();
  if (access.rule == AccessCheck::PolicyRule::kResourceMustAllow) {
    question.resource_rule = aws::policy::AuthorizationRequest::ResourceRule::kResourceMustAllow;
  }
  const aws::policy::Decision decision = aws::policy::evaluate(question);
  if (decision.allowed()) return {.allowed = true, .explicit_deny = false, .message = {}};
  const bool is_s3 = request.service->name == "s3";
  const auto quotes = is_s3 ? aws::policy::ResourceQuotes::kDouble : aws::policy::ResourceQuotes::kNone;
  return {.allowed = false,
          .explicit_deny = decision.reason == aws::policy::Decision::Reason::kExplicitDeny,
          .message = aws::policy::denial_message(question, decision, quotes)};
}

void Authorizer::require(const Request& request, const AccessChecks& checks) const {
  for (const AccessCheck& access : checks) {
    const Verdict verdict = judge(request, access);
    if (!verdict.allowed) throw_access_denied(request, verdict.message);
  }
}

void throw_access_denied(const Request& request, const std::string& message) {
  throw_auth_failure(*request.service, AuthFailure::kDenied, message);
}

}  // namespace haneul::platform
