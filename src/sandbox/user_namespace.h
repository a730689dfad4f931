// The user namespace of an environment: one user and one group inside, each mapped to a host id that no other
// environment has. It owns none of the other namespaces, so even a process that regained every capability in
// it could change neither mounts nor network; and it can have no namespaces below it.
#pragma once

#include <cstdint>

#include "base/fd.h"

namespace haneul::sandbox {

constexpr uint32_t kInsideUserId = 993;  // sbx_user1051, as AWS Lambda calls it
constexpr uint32_t kInsideGroupId = 990;

Fd make_user_namespace(uint32_t host_id);

// Where they cannot be (an ordinary user's namespace) that has been told: sandbox/enforcement.h, "uids".
void drop_supplementary_groups();

// Enters the namespace and becomes its only user. Supplementary groups are dropped.
void become_inside_user(const Fd& user_namespace);

}  // namespace haneul::sandbox
