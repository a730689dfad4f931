// Simulation: the policy engine asked about requests that nobody makes (SimulatePrincipalPolicy,
// SimulateCustomPolicy). Pure: policies come with their texts, since the answer tells where in the text each
// matching statement stands.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "aws/policy/evaluate.h"
#include "gen/iam/types.h"

namespace haneul::iam {

struct SimulatedPolicy {
  std::string id;
  std::string text;
  aws::policy::PolicyPtr policy;
};

struct Simulation {
  // Who would ask; the strings live here because the engine's principal only looks at them.
  aws::policy::Principal::Kind principal_kind = aws::policy::Principal::Kind::kUser;
  std::string account;
  std::string principal_arn;
  std::string issuer_arn;
  std::vector<SimulatedPolicy> identity;
  std::vector<SimulatedPolicy> boundary;  // at most one
  std::optional<SimulatedPolicy> resource_policy;
  std::string resource_account;
  aws::policy::Context context;
};

EvaluationResult simulate(const Simulation& simulation, const std::string& action,
                          const std::string& resource);

// The condition keys and variables that the policies look at, sorted.
std::vector<std::string> context_keys(const std::vector<SimulatedPolicy>& policies);

}  // namespace haneul::iam
