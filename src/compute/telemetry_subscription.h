// What an extension asks for when it subscribes to telemetry: the body of PUT /2022-07-01/telemetry and of
// PUT /2020-08-15/logs, checked. https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api-reference.html
// Invariant: a destination is a port of the environment's own loopback, and none of the platform's.
// Thread rule: pure functions.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace haneul::compute {

enum class TelemetryApi { kLogs, kTelemetry };
std::string_view name_of(TelemetryApi api);  // "Logs", "Telemetry"

enum class TelemetryType { kPlatform, kFunction, kExtension };
std::string_view name_of(TelemetryType type);  // "platform"

struct TelemetryDestination {
  enum class Protocol { kHttp, kTcp };
  Protocol protocol = Protocol::kHttp;
  uint16_t port = 0;
  std::string method = "POST";  // kHttp
  std::string target = "/";     // kHttp: path and query
  friend bool operator==(const TelemetryDestination&, const TelemetryDestination&) = default;
};

struct TelemetrySubscription {
  TelemetryApi api = TelemetryApi::kTelemetry;
  std::string schema_version;
  std::vector<TelemetryType> types;  // as they were listed, each once
  size_t items_max = 10'000;
  size_t bytes_max = 262'144;
  std::chrono::milliseconds timeout{1'000};
  TelemetryDestination destination;
  friend bool operator==(const TelemetrySubscription&, const TelemetrySubscription&) = default;

  bool has(TelemetryType type) const;
};

struct TelemetryRefusal {
  int status = 400;
  std::string type;  // "Telemetry.ValidationError"
  std::string message;
};

std::expected<TelemetrySubscription, TelemetryRefusal> parse_subscription(TelemetryApi api,
                                                                          std::string_view body);

}  // namespace haneul::compute
