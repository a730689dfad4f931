// The managed policies that AWS makes (arn:aws:iam::aws:policy/...), from data/managed_policies.json, which
// is built into the binary. The documents are written in our words with the public meaning of the policies;
// one that is not listed does not exist. AWS Managed Policy Reference Guide. Thread rule: constant.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "aws/policy/policy.h"
#include "services/iam/records.h"

namespace haneul::iam {

struct AwsManagedPolicy {
  record::ManagedPolicy record;  // with one version
  std::string arn;
  aws::policy::PolicyPtr policy;
};

// Of all, by ARN.
const std::map<std::string, AwsManagedPolicy, std::less<>>& aws_managed_policies();
const AwsManagedPolicy* find_aws_managed_policy(std::string_view arn);

}  // namespace haneul::iam
