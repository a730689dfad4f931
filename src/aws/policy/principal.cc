#include "aws/policy/principal.h"

#include <algorithm>

namespace haneul::aws::policy {
namespace {

using Kind = PrincipalEntry::Kind;

bool names_everyone(const PrincipalEntry& entry) { return entry.kind == Kind::kEveryone; }

Reach reach_of(const PrincipalEntry& entry, const Principal& principal) {
  switch (entry.kind) {
    case Kind::kEveryone: return Reach::kEveryone;
    case Kind::kAccount:
      return !principal.account.empty() && principal.account == entry.value ? Reach::kAccount : Reach::kNone;
    case Kind::kArn:
      if (!principal.arn.empty() && principal.arn == entry.value) return Reach::kDirect;
      return !principal.issuer_arn.empty() && principal.issuer_arn == entry.value ? Reach::kIssuer
                                                                                  : Reach::kNone;
    case Kind::kUniqueId: {
      if (principal.unique_id.empty()) return Reach::kNone;
      if (principal.unique_id == entry.value) return Reach::kDirect;
      if (principal.issuer_id == entry.value) return Reach::kIssuer;
      // AROA...:session belongs to the role AROA...
      const std::string_view role_id = principal.unique_id.substr(0, principal.unique_id.find(':'));
      return role_id == entry.value ? Reach::kIssuer : Reach::kNone;
    }
    case Kind::kService: {
      const bool same = principal.kind == Principal::Kind::kService && principal.service == entry.value;
      return same ? Reach::kDirect : Reach::kNone;
    }
    case Kind::kFederated: {
      const bool is_web = principal.kind == Principal::Kind::kWebIdentity;
      return is_web && (principal.provider == entry.value || entry.value == "*") ? Reach::kDirect
                                                                                 : Reach::kNone;
    }
    case Kind::kCanonicalUser: break;
  }
  return !principal.canonical_id.empty() && principal.canonical_id == entry.value ? Reach::kAccount
                                                                                  : Reach::kNone;
}

// NotPrincipal spares a principal only when each link of its chain is named: account, role and session, or
// account and user. Naming the account alone does not spare those in it.
bool is_spared(const std::vector<PrincipalEntry>& entries, const Principal& principal) {
  if (std::any_of(entries.begin(), entries.end(), names_everyone)) return true;
  const auto named = [&](Reach wanted) {
    return std::any_of(entries.begin(), entries.end(),
                       [&](const PrincipalEntry& entry) { return reach_of(entry, principal) == wanted; });
  };
  switch (principal.kind) {
    case Principal::Kind::kAnonymous: return false;
    case Principal::Kind::kRoot: return named(Reach::kAccount);
    case Principal::Kind::kService:
    case Principal::Kind::kWebIdentity: return named(Reach::kDirect);
    case Principal::Kind::kUser: return named(Reach::kDirect) && named(Reach::kAccount);
    case Principal::Kind::kRoleSession:
    case Principal::Kind::kFederatedUser: break;
  }
  return named(Reach::kDirect) && named(Reach::kIssuer) && named(Reach::kAccount);
}

}  // namespace

Reach principal_reach(const Statement& statement, const Principal& principal) {
  switch (statement.principal_sense) {
    case Statement::Sense::kAbsent: return Reach::kEveryone;
    case Statement::Sense::kNegative:
      return is_spared(statement.principals, principal) ? Reach::kNone : Reach::kEveryone;
    case Statement::Sense::kPositive: break;
  }
  Reach best = Reach::kNone;
  for (const PrincipalEntry& entry : statement.principals) best = std::max(best, reach_of(entry, principal));
  return best;
}

}  // namespace haneul::aws::policy
