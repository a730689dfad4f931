// The words of a denial. IAM User Guide, "Troubleshoot access denied error messages".
#include "aws/policy/evaluate.h"

namespace haneul::aws::policy {
namespace {

std::string_view policy_words(PolicyType type) {
  switch (type) {
    case PolicyType::kIdentity: return "identity-based policy";
    case PolicyType::kResource: return "resource-based policy";
    case PolicyType::kBoundary: return "permissions boundary";
    case PolicyType::kSession: return "session policy";
    case PolicyType::kServiceControl: break;
  }
  return "service control policy";
}

std::string_view who(const Principal& principal) {
  switch (principal.kind) {
    case Principal::Kind::kAnonymous: return "anonymous";
    case Principal::Kind::kService: return principal.service;
    case Principal::Kind::kWebIdentity: return principal.provider;
    default: return principal.arn;
  }
}

}  // namespace

std::string denial_message(const AuthorizationRequest& request, const Decision& decision,
                           ResourceQuotes quotes) {
  const std::string_view quote = quotes == ResourceQuotes::kDouble ? "\"" : "";
  std::string out = "User: ";
  out.append(who(request.principal)).append(" is not authorized to perform: ").append(request.action);
  out.append(" on resource: ").append(quote).append(request.resource).append(quote);
  const std::string_view words = policy_words(decision.by);
  if (decision.reason == Decision::Reason::kExplicitDeny) {
    const bool vowel = decision.by == PolicyType::kIdentity;
    return out.append(vowel ? " with an explicit deny in an " : " with an explicit deny in a ").append(words);
  }
  return out.append(" because no ")
      .append(words)
      .append(" allows the ")
      .append(request.action)
      .append(" action");
}

void add_principal_keys(const Principal& principal, Context& context) {
  using Kind = Principal::Kind;
  const auto set = [&context](std::string_view key, std::string_view value) {
    if (!value.empty()) context.set(key, std::string(value));
  };
  const bool is_service = principal.kind == Kind::kService;
  context.set("aws:PrincipalIsAWSService", is_service ? "true" : "false");
  if (is_service) return set("aws:PrincipalServiceName", principal.service);
  static constexpr std::string_view kTypes[] = {"Anonymous",     "Account", "User", "AssumedRole",
                                                "FederatedUser", "",        ""};
  set("aws:PrincipalType", kTypes[static_cast<size_t>(principal.kind)]);
  set("aws:PrincipalAccount", principal.account);
  // Of a role session the key holds the role's ARN, so that policies can name roles.
  set("aws:PrincipalArn", principal.kind == Kind::kRoleSession ? principal.issuer_arn : principal.arn);
  set("aws:userid", principal.unique_id);
  if (principal.kind == Kind::kUser) set("aws:username", principal.arn.substr(principal.arn.rfind('/') + 1));
}

}  // namespace haneul::aws::policy
