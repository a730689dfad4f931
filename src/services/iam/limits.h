// Quotas of IAM. IAM User Guide, "IAM and AWS STS quotas": the default ones.
#pragma once

#include <cstddef>

#include "base/clock.h"

namespace haneul::iam {

inline constexpr size_t kAccessKeysPerUser = 2;
inline constexpr size_t kAttachedPoliciesMax = 10;
inline constexpr size_t kGroupsPerUser = 10;
inline constexpr size_t kVersionsPerPolicy = 5;
inline constexpr size_t kTagsMax = 50;
inline constexpr size_t kRolesPerProfile = 1;

// Characters of policies, without white space.
inline constexpr size_t kUserInlinePolicies = 2048;
inline constexpr size_t kGroupInlinePolicies = 5120;
inline constexpr size_t kRoleInlinePolicies = 10240;
inline constexpr size_t kManagedPolicySize = 6144;
inline constexpr size_t kTrustPolicySize = 2048;
// How long IAM looks back for the last use of a role. API reference, "RoleLastUsed".
inline constexpr Seconds kRoleUseTracked = std::chrono::days(400);

}  // namespace haneul::iam
