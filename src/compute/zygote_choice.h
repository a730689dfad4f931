// Whether a function's environment may be a fork of a zygote, and of which: whenever the outcome is what an
// interpreter started for it would be.
#pragma once

#include <optional>
#include <string_view>

#include "compute/engine.h"
#include "compute/image.h"
#include "sandbox/spec.h"

namespace haneul::compute {

std::optional<sandbox::Zygote> choose_zygote(const EngineConfig& config, const FunctionImage& image);

// Variables that the interpreter, the loader or the C library read when a program starts and never again.
bool is_read_at_start(std::string_view name);

}  // namespace haneul::compute
