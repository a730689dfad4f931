// What --debug says: which functions wait for a debugger, and on which port. serve takes names; dev also
// takes logical ids of its template, and knows a port by the runtime.
#pragma once

#include <string>
#include <vector>

#include "commands.h"
#include "compute/debug_ports.h"

namespace haneul::app {

// "NAME=PORT" each; throws std::runtime_error with a sentence.
std::vector<compute::DebugTarget> parse_debug_targets(const std::vector<std::string>& written);

// The arguments for the server that haneul dev starts: "--debug", "NAME=PORT", and so on.
std::vector<std::string> debug_arguments(const DevOptions& dev, const std::string& stack);

}  // namespace haneul::app
