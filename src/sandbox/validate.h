// The launcher runs with privileges, so it checks every word of a request as if it came from an enemy.
#pragma once

#include "sandbox/spec.h"

namespace haneul::sandbox {

// Throws kInvalidSpec naming the field.
void validate_spec(const EnvironmentSpec& spec);
void validate_program(const EnvironmentSpec& spec);  // argv, environment, working_directory alone

// Absolute, no empty, "." or ".." component, no NUL, at most 4,096 bytes.
bool is_plain_absolute_path(const std::string& path);

// 127.0.0.0/8, ::1 or 169.254.0.0/16 in canonical text form.
bool is_local_address(const std::string& address);

}  // namespace haneul::sandbox
