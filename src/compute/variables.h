// The environment variables of an execution environment, exactly as AWS sets them; nothing of the server's
// own leaks in. https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compute/image.h"

namespace haneul::compute {

struct VariableInputs {
  const FunctionImage& image;
  std::string_view log_stream;
  const std::optional<RoleCredentials>& credentials;
  bool has_ca_bundle = false;
  Initialization initialization = Initialization::kOnDemand;
  std::string_view credentials_token = {};  // of kSnapStart: what the credentials endpoint asks for
};

std::string_view name_of(Initialization initialization);  // "on-demand"

// "NAME=value" entries. A user's variable never replaces a reserved one.
std::vector<std::string> make_variables(const VariableInputs& inputs);

// What every function of the runtime starts with, before anything of its own is known.
std::vector<std::string> make_start_variables(const RuntimeChoice& runtime);

// Of those, what extensions see: not what belongs to the runtime's process alone.
std::vector<std::string> extension_variables(const std::vector<std::string>& all);

// Names that a function's configuration may not set.
bool is_reserved_variable(std::string_view name);

inline constexpr std::string_view kCaBundleInside = "/etc/ssl/certs/ca-certificates.crt";

}  // namespace haneul::compute
