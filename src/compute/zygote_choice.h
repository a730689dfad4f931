// Whether a function's environment may begin with a program that has loaded its runtime already, and which:
// whenever the outcome is what an interpreter started for it would be. Python is forked, Node.js (which has
// threads that no fork would have) waits, each process for one environment.
#pragma once

#include <optional>
#include <string_view>

#include "compute/process_spec.h"
#include "sandbox/spec.h"

namespace haneul::compute {

// spec is complete but for the choice.
std::optional<sandbox::Zygote> choose_zygote(const SpecInputs& inputs, const sandbox::EnvironmentSpec& spec);

// Variables that the interpreter, the loader or the C library read when a program starts and never again.
bool is_read_at_start(std::string_view name);

}  // namespace haneul::compute
