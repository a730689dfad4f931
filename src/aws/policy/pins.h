// Pins: the users and roles that a stored policy names, by the unique ids they had when it was stored. IAM
// User Guide, "AWS JSON policy elements: Principal": AWS keeps the id in place of the ARN, so that a user or
// role that is made again under the name of a deleted one is not the principal that the policy trusts. Here
// the text stays as it was given, beside its pins. Pure functions.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "aws/policy/policy.h"

namespace haneul::aws::policy {

using PrincipalPins = std::map<std::string, std::string>;  // ARN of a user or role -> AIDA..., AROA...

// The ARNs of users and roles, and the unique ids, that Principal and NotPrincipal name.
struct NamedPrincipals {
  std::vector<std::string> arns;
  std::vector<std::string> unique_ids;
};
NamedPrincipals named_principals(const Policy& policy);

// The policy with principals replaced as the map says; the very same text when it names none of them.
std::string replace_principals(std::string_view json, const std::map<std::string, std::string>& by);

}  // namespace haneul::aws::policy
