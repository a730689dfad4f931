#include "services/lambda/urls/cors.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/text.h"
#include "gen/lambda/errors.h"
#include "services/lambda/names.h"

namespace haneul::lambda {

using platform::HttpRequest;
using platform::HttpResponse;
using Texts = std::optional<std::vector<std::string>>;

namespace {

bool has(const Texts& list, std::string_view value) {
  return list && std::ranges::any_of(*list, [&](const std::string& each) {
           return each == "*" || equals_ignore_case(each, value);
         });
}

bool has_items(const Texts& list) { return list && !list->empty(); }

// Whether the request's origin may share; then its headers are set.
bool admit(const Cors& cors, const HttpRequest& http, HttpResponse& response) {
  const std::string_view origin = http.headers.get("Origin");
  if (origin.empty() || !has(cors.allow_origins, origin)) return false;
  // With credentials a browser takes no wildcard.
  const bool with_credentials = cors.allow_credentials.value_or(false);
  const bool is_open = !with_credentials && std::ranges::count(*cors.allow_origins, "*") > 0;
  response.headers.set("Access-Control-Allow-Origin", is_open ? std::string_view("*") : origin);
  if (with_credentials) response.headers.set("Access-Control-Allow-Credentials", "true");
  return true;
}

}  // namespace

void require_cors(const Cors& cors) {
  static constexpr std::array<std::string_view, 7> kMethods{"*",   "GET",   "HEAD",  "POST",
                                                            "PUT", "PATCH", "DELETE"};
  for (const std::string& method : cors.allow_methods.value_or(std::vector<std::string>{})) {
    if (std::ranges::find(kMethods, method) != kMethods.end()) continue;
    refuse<InvalidParameterValueException>(
        fmt::format("Invalid AllowMethods: {}. Valid values are {}.", method, fmt::join(kMethods, ", ")));
  }
}

std::optional<HttpResponse> answer_preflight(const Cors& cors, const HttpRequest& http) {
  const std::string_view method = http.headers.get("Access-Control-Request-Method");
  if (http.method != "OPTIONS" || method.empty() || http.headers.get("Origin").empty()) return std::nullopt;
  HttpResponse response;
  response.headers.add("Vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers");
  if (!admit(cors, http, response)) return response;
  if (has_items(cors.allow_methods))
    response.headers.add("Access-Control-Allow-Methods", join(*cors.allow_methods, ","));
  if (has_items(cors.allow_headers))
    response.headers.add("Access-Control-Allow-Headers", join(*cors.allow_headers, ","));
  if (has_items(cors.expose_headers))
    response.headers.add("Access-Control-Expose-Headers", join(*cors.expose_headers, ","));
  response.headers.add("Access-Control-Max-Age", std::to_string(cors.max_age.value_or(0)));
  return response;
}

void apply_cors(const Cors& cors, const HttpRequest& http, HttpResponse& response) {
  for (const char* name : {"Origin", "Credentials", "Methods", "Headers"})
    response.headers.erase(fmt::format("Access-Control-Allow-{}", name));
  response.headers.erase("Access-Control-Expose-Headers");
  response.headers.erase("Access-Control-Max-Age");
  response.headers.add("Vary", "Origin");
  if (admit(cors, http, response) && has_items(cors.expose_headers))
    response.headers.set("Access-Control-Expose-Headers", join(*cors.expose_headers, ","));
}

}  // namespace haneul::lambda
