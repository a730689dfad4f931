// Answers of the HTTP interfaces inside an environment (Runtime, Extensions, Telemetry and Logs APIs), in the
// form of AWS's own server. Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "base/document.h"
#include "compute/runtime_session.h"

namespace haneul::compute {

RuntimeReply json_reply(int status, Document body);
RuntimeReply refuse(int status, std::string_view type, std::string_view message);
RuntimeReply accepted();

// Headers are lines: a value must not be able to start another one.
std::string header_safe(std::string_view text);

}  // namespace haneul::compute
