// Whether a resource policy is public: some statement allows something to everyone, and no condition pins it
// to fixed callers. "The meaning of public" (S3 user guide), "Blocking public access with resource-based
// policies in DynamoDB". Services differ in the condition keys that pin. Pure.
#pragma once

#include <span>
#include <string_view>

namespace haneul::aws::policy {

// Of a policy that parses; the keys are in lower case.
bool is_public(std::string_view json, std::span<const std::string_view> pinning_keys);

}  // namespace haneul::aws::policy
