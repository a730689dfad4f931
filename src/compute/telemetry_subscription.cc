#include "compute/telemetry_subscription.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"

namespace haneul::compute {

namespace {

constexpr std::array kTypes{TelemetryType::kPlatform, TelemetryType::kFunction, TelemetryType::kExtension};
constexpr std::array kHosts{std::string_view("sandbox.localdomain"), std::string_view("sandbox.local"),
                            std::string_view("sandbox")};
// Where the platform itself listens inside.
constexpr std::array<uint16_t, 4> kOwnPorts{53, 80, 443, 9001};
constexpr size_t kTargetBytesMax = 2048;
constexpr size_t kBodyBytesMax = 64 * 1024;

// Carries a refusal out of the depth of a document.
struct Refused {
  TelemetryRefusal refusal;
};

class Reader {
 public:
  explicit Reader(TelemetryApi api) { out_.api = api; }

  TelemetrySubscription read(std::string_view body) {
    if (body.size() > kBodyBytesMax) malformed("the request is too large");
    const Document request = parse(body);
    if (!request.is_object()) malformed("expected an object");
    read_version(request);
    read_types(request);
    if (const Document* buffering = request.find("buffering")) read_buffering(*buffering);
    const Document* destination = request.find("destination");
    if (destination == nullptr || !destination->is_object()) malformed("missing field `destination`");
    read_destination(*destination);
    return std::move(out_);
  }

 private:
  [[noreturn]] void refuse(int status, std::string_view type, std::string message) {
    throw Refused{{status, fmt::format("{}.{}", name_of(out_.api), type), std::move(message)}};
  }
  [[noreturn]] void malformed(std::string message) {
    refuse(400, "DeserializationError", std::move(message));
  }
  [[noreturn]] void invalid(std::string message) { refuse(400, "ValidationError", std::move(message)); }

  Document parse(std::string_view body) {
    try {
      return parse_json(body);
    } catch (const ParseError& error) {
      malformed(error.what());
    }
  }

  std::string text(const Document& from, std::string_view field) {
    const Document* value = from.find(field);
    if (value == nullptr) return {};
    if (!value->is_string()) malformed(fmt::format("invalid type for `{}`, expected a string", field));
    return value->as_string();
  }

  void read_version(const Document& request) {
    const std::string version = text(request, "schemaVersion");
    if (out_.api == TelemetryApi::kLogs) {
      out_.schema_version = version.empty() ? "2020-08-15" : version;
      if (out_.schema_version != "2020-08-15" && out_.schema_version != "2021-03-18")
        invalid("LogsAPI only supports the following SchemaVersion: 2020-08-15, 2021-03-18");
      return;
    }
    if (version.empty()) malformed("missing field `schemaVersion`");
    if (version != "2022-07-01" && version != "2022-12-13" && version != "2025-01-29")
      invalid("TelemetryAPI only supports the following SchemaVersion: 2022-07-01, 2022-12-13, 2025-01-29");
    out_.schema_version = version;
  }

  void read_types(const Document& request) {
    const Document* types = request.find("types");
    if (types == nullptr || !types->is_array()) malformed("missing field `types`");
    if (types->as_array().empty()) invalid("types should not be empty");
    for (const Document& each : types->as_array()) {
      const std::string word = each.is_string() ? each.as_string() : std::string();
      const auto found = std::find_if(kTypes.begin(), kTypes.end(),
                                      [&](TelemetryType type) { return name_of(type) == word; });
      if (found == kTypes.end())
        malformed(fmt::format("unknown variant `{}`, expected one of `platform`, `function`, `extension`",
                              word.substr(0, 64)));
      if (out_.has(*found)) invalid("types should be unique");
      out_.types.push_back(*found);
    }
  }

  size_t number(const Document& from, std::string_view field, size_t fallback, size_t low, size_t high) {
    const Document* value = from.find(field);
    if (value == nullptr) return fallback;
    if (!value->is_int()) malformed(fmt::format("invalid type for `{}`, expected an integer", field));
    const int64_t given = value->as_int();
    if (given < static_cast<int64_t>(low) || given > static_cast<int64_t>(high))
      invalid(fmt::format("{} should be between {} and {}", field, low, high));
    return static_cast<size_t>(given);
  }

  void read_buffering(const Document& from) {
    if (!from.is_object()) malformed("invalid type for `buffering`, expected an object");
    out_.items_max = number(from, "maxItems", out_.items_max, 1'000, 10'000);
    out_.bytes_max = number(from, "maxBytes", out_.bytes_max, 262'144, 1'048'576);
    out_.timeout = std::chrono::milliseconds(number(from, "timeoutMs", 1'000, 25, 30'000));
  }

  void read_destination(const Document& from) {
    TelemetryDestination& to = out_.destination;
    const std::string protocol = text(from, "protocol");
    const std::string uri = text(from, "URI");
    if (protocol == "HTTP") {
      if (uri.empty()) malformed("missing field `URI`");
      read_uri(uri, "http");
      const std::string method = text(from, "method");
      if (!method.empty() && method != "POST" && method != "PUT")
        malformed(fmt::format("unknown variant `{}`, expected `PUT` or `POST`", method.substr(0, 64)));
      if (!method.empty()) to.method = method;
    } else if (protocol == "TCP") {
      to.protocol = TelemetryDestination::Protocol::kTcp;
      if (uri.empty()) {
        to.port = static_cast<uint16_t>(number(from, "port", 0, 1, 65'535));
      } else {
        read_uri(uri, "tcp");
      }
    } else {
      malformed(fmt::format("unknown variant `{}`, expected `HTTP` or `TCP`", protocol.substr(0, 64)));
    }
    if (to.port == 0) invalid("URI port is not provided");
    if (std::find(kOwnPorts.begin(), kOwnPorts.end(), to.port) != kOwnPorts.end())
      invalid(fmt::format("port {} is reserved", to.port));
  }

  // What goes into a request line must not be able to end it.
  static bool is_plain(std::string_view target) {
    return target.size() <= kTargetBytesMax &&
           std::all_of(target.begin(), target.end(), [](char c) { return c > 0x20 && c < 0x7f && c != '#'; });
  }

  void read_uri(std::string_view uri, std::string_view scheme) {
    const std::string start = std::string(scheme) + "://";
    if (!to_lower(uri.substr(0, start.size())).starts_with(start))
      refuse(403, "AccessDenied", fmt::format("Only '{}' scheme is supported.", scheme));
    uri.remove_prefix(start.size());
    const size_t path = std::min(uri.find_first_of("/?"), uri.size());
    const std::string_view authority = uri.substr(0, path);
    const size_t colon = std::min(authority.find(':'), authority.size());
    const std::string host = to_lower(authority.substr(0, colon));
    if (std::find(kHosts.begin(), kHosts.end(), host) == kHosts.end())
      refuse(403, "AccessDenied", "Only 'sandbox.localdomain' hostname is supported.");
    if (colon == authority.size()) invalid("URI port is not provided");
    const std::string_view digits = authority.substr(colon + 1);
    const bool is_number = !digits.empty() && digits.size() <= 5 &&
                           digits.find_first_not_of("0123456789") == std::string_view::npos;
    const int64_t port = is_number ? parse_int(digits).value_or(0) : 0;
    if (port < 1 || port > 65'535) invalid("URI port should be between 1 and 65535");
    out_.destination.port = static_cast<uint16_t>(port);
    const std::string_view target = uri.substr(path);
    if (!is_plain(target)) invalid("the URI's path holds what a request line cannot");
    out_.destination.target = (target.starts_with('/') ? "" : "/") + std::string(target);
  }

  TelemetrySubscription out_;
};

}  // namespace

std::string_view name_of(TelemetryApi api) { return api == TelemetryApi::kLogs ? "Logs" : "Telemetry"; }

std::string_view name_of(TelemetryType type) {
  switch (type) {
    case TelemetryType::kPlatform: return "platform";
    case TelemetryType::kFunction: return "function";
    case TelemetryType::kExtension: return "extension";
  }
  return "";
}

bool TelemetrySubscription::has(TelemetryType type) const {
  return std::find(types.begin(), types.end(), type) != types.end();
}

std::expected<TelemetrySubscription, TelemetryRefusal> parse_subscription(TelemetryApi api,
                                                                          std::string_view body) {
  try {
    return Reader(api).read(body);
  } catch (const Refused& refused) {
    return std::unexpected(refused.refusal);
  }
}

}  // namespace haneul::compute
