// Takes every privilege away from the calling process, for good: capabilities (all five sets, and the
// switches that could bring them back), resource limits, new privileges through exec, and the session keyring
// of the launcher.
#pragma once

#include <initializer_list>

#include "sandbox/spec.h"

namespace haneul::sandbox {

void set_resource_limits(const EnvironmentSpec& spec);
void leave_session_keyring();
// Leaves these in the bounding set alone, so that a program executed as root has no others.
void keep_capabilities(std::initializer_list<int> numbers);
void drop_all_capabilities();  // also sets no_new_privs

}  // namespace haneul::sandbox
