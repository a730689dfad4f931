// Cross-origin sharing of a function URL: which preflights are answered for the function, and what its
// answers carry. https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html#urls-cors
// Invariant: with a configuration, the function's own access-control-* headers do not count. Pure functions.
#pragma once

#include <optional>

#include "gen/lambda/types.h"
#include "platform/http.h"

namespace haneul::lambda {

void require_cors(const Cors& cors);  // throws InvalidParameterValueException

// The answer to a preflight; nothing when the request is none.
std::optional<platform::HttpResponse> answer_preflight(const Cors& cors, const platform::HttpRequest& http);
void apply_cors(const Cors& cors, const platform::HttpRequest& http, platform::HttpResponse& response);

}  // namespace haneul::lambda
