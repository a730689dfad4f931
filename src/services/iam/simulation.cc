#include "services/iam/simulation.h"

#include <set>

#include "aws/policy/positions.h"

namespace haneul::iam {

namespace {

using aws::policy::PolicyType;

Position to_position(const aws::policy::TextPosition& position) {
  return {.line = position.line, .column = position.column};
}

const SimulatedPolicy* find_by_id(const Simulation& simulation, PolicyType type, const std::string& id) {
  if (type == PolicyType::kBoundary) return simulation.boundary.data();
  if (type == PolicyType::kResource) return &*simulation.resource_policy;
  for (const SimulatedPolicy& policy : simulation.identity) {
    if (policy.id == id) return &policy;
  }
  return nullptr;
}

const char* source_type(PolicyType type) {
  switch (type) {
    case PolicyType::kBoundary: return "IAM Permissions Boundary Policy";
    case PolicyType::kResource: return "Resource Policy";
    default: return "IAM Policy";
  }
}

std::vector<Statement> matched_statements(const Simulation& simulation, const aws::policy::Trace& trace) {
  std::vector<Statement> out;
  for (const aws::policy::MatchedStatement& matched : trace.matched) {
    const SimulatedPolicy* policy = find_by_id(simulation, matched.type, matched.policy_id);
    if (policy == nullptr) continue;
    const auto spans = aws::policy::statement_positions(policy->text);
    if (matched.index >= spans.size()) continue;
    out.push_back({.source_policy_id = policy->id,
                   .source_policy_type = source_type(matched.type),
                   .start_position = to_position(spans[matched.index].start),
                   .end_position = to_position(spans[matched.index].end)});
  }
  return out;
}

std::optional<PermissionsBoundaryDecisionDetail> boundary_detail(const aws::policy::Trace& trace) {
  for (const aws::policy::TypeVerdict& verdict : trace.verdicts) {
    if (verdict.type != PolicyType::kBoundary) continue;
    return PermissionsBoundaryDecisionDetail{.allowed_by_permissions_boundary =
                                                 verdict.allows && !verdict.denies};
  }
  return std::nullopt;
}

}  // namespace

EvaluationResult simulate(const Simulation& simulation, const std::string& action,
                          const std::string& resource) {
  std::vector<aws::policy::PolicyRef> identity;
  for (const SimulatedPolicy& policy : simulation.identity)
    identity.push_back({policy.id, policy.policy.get()});
  const aws::policy::AuthorizationRequest request{
      .principal = {.kind = simulation.principal_kind,
                    .account = simulation.account,
                    .arn = simulation.principal_arn,
                    .issuer_arn = simulation.issuer_arn},
      .action = action,
      .resource = resource,
      .resource_account = simulation.resource_account,
      .context = &simulation.context,
      .identity = identity,
      .boundary = simulation.boundary.empty() ? nullptr : simulation.boundary[0].policy.get(),
      .resource_policy = simulation.resource_policy ? simulation.resource_policy->policy.get() : nullptr};
  aws::policy::Trace trace;
  const aws::policy::Decision decision = aws::policy::evaluate(request, &trace);
  return {.eval_action_name = action,
          .eval_resource_name = resource,
          .eval_decision = std::string(decision_word(decision)),
          .matched_statements = matched_statements(simulation, trace),
          .missing_context_values =
              std::vector<std::string>(trace.missing_context.begin(), trace.missing_context.end()),
          .permissions_boundary_decision_detail = boundary_detail(trace)};
}

std::vector<std::string> context_keys(const std::vector<SimulatedPolicy>& policies) {
  std::set<std::string, aws::policy::LessIgnoringCase> keys;
  std::vector<std::string_view> names;
  for (const SimulatedPolicy& simulated : policies) {
    for (const aws::policy::Statement& statement : simulated.policy->statements()) {
      for (const auto& resource : statement.resources) resource.append_variable_names(names);
      for (const auto& condition : statement.conditions) {
        names.push_back(condition.key());
        condition.append_variable_names(names);
      }
    }
  }
  for (const std::string_view name : names) keys.emplace(name);
  return {keys.begin(), keys.end()};
}

}  // namespace haneul::iam
