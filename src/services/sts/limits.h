// Limits of STS. AWS STS API Reference and IAM User Guide, "IAM and AWS STS quotas".
#pragma once

#include <cstddef>

#include "base/clock.h"

namespace haneul::sts {

inline constexpr Seconds kRoleSessionDefault{3600};
inline constexpr Seconds kChainedSessionMax{3600};
inline constexpr Seconds kUserSessionDefault{43200};
inline constexpr Seconds kRootSessionMax{3600};  // also its default
inline constexpr size_t kSessionTagsMax = 50;
inline constexpr size_t kSessionPolicyArnsMax = 10;
// What policies, their ARNs and tags may take inside a token; PackedPolicySize is the part of it in percent.
inline constexpr size_t kPackedBytesMax = 4096;

}  // namespace haneul::sts
