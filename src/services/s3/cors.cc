#include "services/s3/cors.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "gen/s3/errors.h"
#include "services/s3/limits.h"
#include "services/s3/ops/body_digest.h"

namespace haneul::s3 {

using platform::HttpRequest;
using platform::HttpResponse;
using platform::Resolver;

namespace {

constexpr std::array<std::string_view, 5> kMethods = {"GET", "PUT", "POST", "DELETE", "HEAD"};

// One '*' stands for any characters.
bool matches(std::string_view pattern, std::string_view text) {
  const size_t star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == text;
  const std::string_view head = pattern.substr(0, star);
  const std::string_view tail = pattern.substr(star + 1);
  return text.size() >= head.size() + tail.size() && text.starts_with(head) && text.ends_with(tail);
}

bool allows_header(const CORSRule& rule, std::string_view header) {
  if (!rule.allowed_headers) return false;
  return std::ranges::any_of(*rule.allowed_headers, [&](const std::string& pattern) {
    return matches(to_lower(pattern), to_lower(header));
  });
}

const std::string* find_origin(const CORSRule& rule, std::string_view origin) {
  const auto found = std::ranges::find_if(
      rule.allowed_origins, [&](const std::string& pattern) { return matches(pattern, origin); });
  return found == rule.allowed_origins.end() ? nullptr : &*found;
}

void add_cors_headers(const CORSRule& rule, std::string_view origin, HttpResponse& response) {
  const std::string* pattern = find_origin(rule, origin);
  const bool is_anybody = pattern != nullptr && *pattern == "*";
  response.headers.set("Access-Control-Allow-Origin", is_anybody ? "*" : origin);
  if (!is_anybody) response.headers.set("Access-Control-Allow-Credentials", "true");
  response.headers.set("Access-Control-Allow-Methods", join(rule.allowed_methods, ", "));
  if (rule.expose_headers && !rule.expose_headers->empty()) {
    response.headers.set("Access-Control-Expose-Headers", join(*rule.expose_headers, ", "));
  }
  if (rule.max_age_seconds) {
    response.headers.set("Access-Control-Max-Age", std::to_string(*rule.max_age_seconds));
  }
  response.headers.add("Vary", "Origin, Access-Control-Request-Headers, Access-Control-Request-Method");
}

HttpResponse refuse(int status, std::string_view code, std::string_view message) {
  HttpResponse response;
  response.status = status;
  response.headers.add("Content-Type", "application/xml");
  response.text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>" + std::string(code) +
                  "</Code><Message>" + std::string(message) + "</Message></Error>";
  return response;
}

size_t stars(std::string_view text) { return static_cast<size_t>(std::ranges::count(text, '*')); }

}  // namespace

void require_valid_cors(const CORSConfiguration& configuration) {
  if (configuration.cors_rules.empty()) throw_malformed_xml();
  if (configuration.cors_rules.size() > kCorsRulesMax) {
    throw InvalidRequest("The number of CORS rules should not exceed allowed limit of 100 rules.");
  }
  for (const CORSRule& rule : configuration.cors_rules) {
    if (rule.allowed_methods.empty() || rule.allowed_origins.empty()) throw_malformed_xml();
    for (const std::string& method : rule.allowed_methods) {
      if (std::ranges::find(kMethods, method) == kMethods.end()) {
        throw InvalidRequest("Found unsupported HTTP method in CORS config. Unsupported method is " + method);
      }
    }
    for (const std::string& origin : rule.allowed_origins) {
      if (stars(origin) > 1) {
        throw InvalidRequest("AllowedOrigin \"" + origin + "\" can not have more than one wildcard.");
      }
    }
    if (!rule.allowed_headers) continue;
    for (const std::string& header : *rule.allowed_headers) {
      if (stars(header) > 1) {
        throw InvalidRequest("AllowedHeader \"" + header + "\" can not have more than one wildcard.");
      }
    }
  }
}

const CORSRule* find_cors_rule(const CORSConfiguration& configuration, std::string_view origin,
                               std::string_view method, const std::vector<std::string_view>& headers) {
  for (const CORSRule& rule : configuration.cors_rules) {
    const bool has_method = std::ranges::find(rule.allowed_methods, method) != rule.allowed_methods.end();
    const auto is_allowed = [&](std::string_view header) { return allows_header(rule, header); };
    if (has_method && find_origin(rule, origin) != nullptr && std::ranges::all_of(headers, is_allowed)) {
      return &rule;
    }
  }
  return nullptr;
}

BucketPtr CorsHook::bucket_of(const Resolver::Target& target) const {
  if (target.service == nullptr || target.service->name != "s3" || target.path.size() < 2) return nullptr;
  const std::string_view path = std::string_view(target.path).substr(1);
  const auto name = uri_decode(path.substr(0, path.find('/')));
  if (!name || !is_bucket_name(*name)) return nullptr;
  return core_.buckets.find(*name);
}

std::optional<HttpResponse> CorsHook::intercept(const HttpRequest& http, const Resolver::Target& target) {
  if (http.method != "OPTIONS" || target.service == nullptr || target.service->name != "s3")
    return std::nullopt;
  const std::string_view origin = http.headers.get("Origin");
  const std::string_view method = http.headers.get("Access-Control-Request-Method");
  if (origin.empty()) {
    return refuse(400, "BadRequest", "Insufficient information. Origin request header needed.");
  }
  if (method.empty()) {
    return refuse(400, "BadRequest", "Invalid Access-Control-Request-Method: null");
  }
  const BucketPtr bucket = bucket_of(target);
  if (!bucket || !bucket->record.cors) {
    return refuse(403, "AccessForbidden", "CORSResponse: CORS is not enabled for this bucket.");
  }
  std::vector<std::string_view> headers;
  for (const std::string_view header : split(http.headers.get("Access-Control-Request-Headers"), ',')) {
    if (!trim(header).empty()) headers.push_back(trim(header));
  }
  const CORSRule* rule = find_cors_rule(*bucket->record.cors, origin, method, headers);
  if (rule == nullptr) {
    return refuse(
        403, "AccessForbidden",
        "CORSResponse: This CORS request is not allowed. This is usually because the evalution of "
        "Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are "
        "not whitelisted by the resource's CORS spec.");
  }
  HttpResponse response;
  add_cors_headers(*rule, origin, response);
  if (!headers.empty()) {
    std::string allowed;
    for (const std::string_view header : headers) allowed += (allowed.empty() ? "" : ", ") + to_lower(header);
    response.headers.set("Access-Control-Allow-Headers", allowed);
  }
  return response;
}

void CorsHook::decorate(const HttpRequest& http, const Resolver::Target& target, HttpResponse& response) {
  const std::string_view origin = http.headers.get("Origin");
  const bool is_lost = response.status == 400 || response.status == 301;
  if (http.method == "OPTIONS" || (origin.empty() && !is_lost)) return;
  const BucketPtr bucket = bucket_of(target);
  if (!bucket) return;
  if (is_lost && bucket->record.region.str() != target.region) {
    response.headers.set("x-amz-bucket-region", bucket->record.region.str());
  }
  if (origin.empty() || !bucket->record.cors) return;
  if (const CORSRule* rule = find_cors_rule(*bucket->record.cors, origin, http.method, {})) {
    add_cors_headers(*rule, origin, response);
  }
}

}  // namespace haneul::s3
