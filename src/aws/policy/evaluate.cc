#include "aws/policy/evaluate.h"

#include <algorithm>

#include "aws/policy/principal.h"
#include "base/check.h"

namespace haneul::aws::policy {
namespace {

using Effect = Statement::Effect;
using Kind = Principal::Kind;

// What the policies of one type say: whether one denies, whether one allows, and for resource policies how
// far.
struct Verdict {
  bool present = false;
  bool denies = false;
  Reach allows = Reach::kNone;
};

class Evaluation {
 public:
  Evaluation(const AuthorizationRequest& request, Trace* trace) : request_(request), trace_(trace) {
    HANEUL_CHECK(request.context != nullptr, "an authorization request has a context, be it empty");
  }

  Decision decide() {
    const Verdict identity = judge_all(request_.identity, PolicyType::kIdentity);
    const Verdict boundary = judge_one(request_.boundary, PolicyType::kBoundary);
    const Verdict session = judge_all(request_.session, PolicyType::kSession);
    const Verdict resource = judge_one(request_.resource_policy, PolicyType::kResource);
    const Verdict control = judge_all(request_.service_control, PolicyType::kServiceControl);

    if (control.denies) return denied(PolicyType::kServiceControl);
    if (resource.denies) return denied(PolicyType::kResource);
    if (identity.denies) return denied(PolicyType::kIdentity);
    if (boundary.denies) return denied(PolicyType::kBoundary);
    if (session.denies) return denied(PolicyType::kSession);
    if (fails(control)) return not_allowed(PolicyType::kServiceControl);

    const bool resource_only = request_.principal.kind == Kind::kAnonymous ||
                               request_.principal.kind == Kind::kService ||
                               request_.principal.kind == Kind::kWebIdentity;
    if (resource_only)
      return resource.allows > Reach::kAccount ? allowed() : not_allowed(PolicyType::kResource);

    const bool across =
        !request_.resource_account.empty() && request_.resource_account != request_.principal.account;
    const bool resource_must =
        across || request_.resource_rule == AuthorizationRequest::ResourceRule::kResourceMustAllow;
    if (resource_must && resource.allows == Reach::kNone) {
      // The caller's own side is named first when both lack the permission.
      const bool own_side = request_.principal.kind == Kind::kRoot || identity.allows != Reach::kNone;
      return not_allowed(own_side || !across ? PolicyType::kResource : PolicyType::kIdentity);
    }
    if (request_.principal.kind == Kind::kRoot) return allowed();
    if (!across && resource.allows == Reach::kDirect) return allowed();
    const bool granted = identity.allows != Reach::kNone || (!across && resource.allows > Reach::kAccount);
    if (!granted) return not_allowed(PolicyType::kIdentity);
    if (fails(boundary)) return not_allowed(PolicyType::kBoundary);
    if (fails(session)) return not_allowed(PolicyType::kSession);
    return allowed();
  }

 private:
  static Decision allowed() { return {Decision::Reason::kAllowed, PolicyType::kIdentity}; }
  static Decision denied(PolicyType by) { return {Decision::Reason::kExplicitDeny, by}; }
  static Decision not_allowed(PolicyType by) { return {Decision::Reason::kNotAllowed, by}; }
  static bool fails(const Verdict& limit) { return limit.present && limit.allows == Reach::kNone; }

  Verdict judge_all(std::span<const PolicyRef> policies, PolicyType type) {
    Verdict out;
    for (const PolicyRef& policy : policies) judge(policy, type, out);
    return noted(type, out);
  }
  Verdict judge_one(const Policy* policy, PolicyType type) {
    Verdict out;
    if (policy) judge({policy->id(), policy}, type, out);
    return noted(type, out);
  }
  Verdict noted(PolicyType type, const Verdict& verdict) {
    if (trace_ && verdict.present) {
      trace_->verdicts.push_back({type, verdict.allows != Reach::kNone, verdict.denies});
    }
    return verdict;
  }

  void judge(const PolicyRef& policy, PolicyType type, Verdict& out) {
    out.present = true;
    const auto& statements = policy.policy->statements();
    for (size_t i = 0; i < statements.size(); ++i) {
      const Reach reach = applies(statements[i]);
      if (reach == Reach::kNone) continue;
      if (trace_) trace_->matched.push_back({type, std::string(policy.id), i, statements[i].effect});
      if (statements[i].effect == Effect::kDeny) {
        out.denies = true;
      } else {
        out.allows = std::max(out.allows, reach);
      }
    }
  }

  Reach applies(const Statement& statement) {
    if (!action_matches(statement)) return Reach::kNone;
    const Reach reach = principal_reach(statement, request_.principal);
    if (reach == Reach::kNone) return Reach::kNone;
    if (trace_) note_missing(statement);
    if (!resource_matches(statement)) return Reach::kNone;
    for (const Condition& condition : statement.conditions) {
      if (!condition.holds(*request_.context)) return Reach::kNone;
    }
    return reach;
  }

  bool action_matches(const Statement& statement) const {
    const bool any = std::any_of(
        statement.actions.begin(), statement.actions.end(),
        [&](const Pattern& pattern) { return pattern.matches(request_.action, *request_.context); });
    return any == (statement.action_sense == Statement::Sense::kPositive);
  }

  bool resource_matches(const Statement& statement) const {
    if (statement.resource_sense == Statement::Sense::kAbsent)
      return true;  // a trust policy is about its role
    const bool any = std::any_of(
        statement.resources.begin(), statement.resources.end(),
        [&](const Pattern& pattern) { return pattern.matches(request_.resource, *request_.context); });
    return any == (statement.resource_sense == Statement::Sense::kPositive);
  }

  void note_missing(const Statement& statement) {
    std::vector<std::string_view> names;
    for (const Pattern& resource : statement.resources) resource.append_variable_names(names);
    for (const Condition& condition : statement.conditions) {
      names.push_back(condition.key());
      condition.append_variable_names(names);
    }
    for (const std::string_view name : names) {
      if (!request_.context->find(name)) trace_->missing_context.emplace(name);
    }
  }

  const AuthorizationRequest& request_;
  Trace* trace_;
};

}  // namespace

std::string_view decision_word(const Decision& decision) {
  if (decision.allowed()) return "allowed";
  return decision.reason == Decision::Reason::kExplicitDeny ? "explicitDeny" : "implicitDeny";
}

Decision evaluate(const AuthorizationRequest& request, Trace* trace) {
  return Evaluation(request, trace).decide();
}

}  // namespace haneul::aws::policy
