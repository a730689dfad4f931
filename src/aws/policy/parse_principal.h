// Principal and NotPrincipal of a statement. IAM User Guide, "AWS JSON policy elements: Principal".
#pragma once

#include <vector>

#include "aws/policy/policy.h"
#include "base/document.h"

namespace haneul::aws::policy {

std::vector<PrincipalEntry> parse_principals(const Document& value);  // throws MalformedPolicy

}  // namespace haneul::aws::policy
