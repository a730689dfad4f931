// What subscriptions may ask for: the documented ranges, and no way out of the environment.
#include "compute/telemetry_subscription.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace haneul::compute {
namespace {

std::string with_uri(const std::string& uri) {
  return R"({"schemaVersion":"2022-12-13","types":["platform"],"destination":{"protocol":"HTTP","URI":")" +
         uri + R"("}})";
}

// The example of the page, and what it leaves out.
TEST(TelemetrySubscription, ReadsTheDocumentedForm) {
  const auto read = parse_subscription(
      TelemetryApi::kTelemetry,
      R"({"schemaVersion":"2022-12-13","types":["platform","function","extension"],)"
      R"("buffering":{"maxItems":1000,"maxBytes":262144,"timeoutMs":100},)"
      R"("destination":{"protocol":"HTTP","URI":"http://sandbox.localdomain:8080/a?b=c"}})");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->items_max, 1000u);
  EXPECT_EQ(read->timeout, std::chrono::milliseconds(100));
  EXPECT_EQ(read->destination.port, 8080);
  EXPECT_EQ(read->destination.target, "/a?b=c");
  const auto plain = parse_subscription(TelemetryApi::kTelemetry, with_uri("http://SANDBOX.local:65535"));
  ASSERT_TRUE(plain) << plain.error().message;
  EXPECT_EQ(plain->destination.target, "/");
  EXPECT_EQ(plain->items_max, 10'000u);
  const auto logs = parse_subscription(
      TelemetryApi::kLogs, R"({"types":["function"],"destination":{"protocol":"TCP","port":8090}})");
  ASSERT_TRUE(logs) << logs.error().message;
  EXPECT_EQ(logs->schema_version, "2020-08-15");
  EXPECT_EQ(logs->destination.protocol, TelemetryDestination::Protocol::kTcp);
}

// Each bad member is told with the type of error that clients look at.
TEST(TelemetrySubscription, RefusesWhatIsWrong) {
  const auto refused = [](TelemetryApi api, const std::string& body, const std::string& type) {
    const auto read = parse_subscription(api, body);
    ASSERT_FALSE(read) << body;
    EXPECT_EQ(read.error().type, type) << body << ": " << read.error().message;
  };
  const std::string destination =
      R"("destination":{"protocol":"HTTP","URI":"http://sandbox.localdomain:8080"}})";
  const auto telemetry = [&](const std::string& rest, const std::string& type) {
    refused(TelemetryApi::kTelemetry, R"({"schemaVersion":"2022-07-01",)" + rest, "Telemetry." + type);
  };
  refused(TelemetryApi::kTelemetry, "{", "Telemetry.DeserializationError");
  refused(TelemetryApi::kTelemetry, R"({"types":["platform"],)" + destination,
          "Telemetry.DeserializationError");
  refused(TelemetryApi::kTelemetry, R"({"schemaVersion":"2021-03-18","types":["platform"],)" + destination,
          "Telemetry.ValidationError");
  refused(TelemetryApi::kLogs, R"({"schemaVersion":"2022-07-01","types":["platform"],)" + destination,
          "Logs.ValidationError");
  telemetry(destination, "DeserializationError");
  telemetry(R"("types":[],)" + destination, "ValidationError");
  telemetry(R"("types":["platform","platform"],)" + destination, "ValidationError");
  telemetry(R"("types":["trace"],)" + destination, "DeserializationError");
  telemetry(R"("types":["platform"]})", "DeserializationError");
  for (const char* buffering : {R"({"maxItems":999})", R"({"maxItems":10001})", R"({"maxBytes":262143})",
                                R"({"maxBytes":1048577})", R"({"timeoutMs":24})", R"({"timeoutMs":30001})"})
    telemetry(std::string(R"("buffering":)") + buffering + R"(,"types":["platform"],)" + destination,
              "ValidationError");
  telemetry(R"("types":["platform"],"destination":{"protocol":"UDP","port":1}})", "DeserializationError");
  telemetry(R"("types":["platform"],"destination":{"protocol":"TCP"}})", "ValidationError");
  telemetry(R"("types":["platform"],"destination":{"protocol":"TCP","port":65536}})", "ValidationError");
}

// The platform sends where it is told: whatever the words, it must be this environment, none of the
// platform's own doors, and one request line.
TEST(TelemetrySubscription, LeadsNowhereElse) {
  for (const char* uri : {"http://localhost:8080",
                          "http://127.0.0.1:8080",
                          "http://169.254.169.254:80/latest",
                          "https://sandbox.localdomain:8080",
                          "http://sandbox.localdomain",
                          "http://sandbox.localdomain/",
                          "http://sandbox.localdomain:",
                          "http://sandbox.localdomain:0",
                          "http://sandbox.localdomain:65536",
                          "http://sandbox.localdomain:+80",
                          "http://sandbox.localdomain:9001/x",
                          "http://sandbox.localdomain:443",
                          "http://sandbox.localdomain:80",
                          "http://sandbox.localdomain:53",
                          "http://a@sandbox.localdomain:8080",
                          "http://sandbox.localdomain:8080@evil.com",
                          "http://sandbox.localdomain.evil.com:8080",
                          "http://sandbox.localdomain:8080/a b",
                          "http://sandbox.localdomain:8080/a\\r\\nX: y",
                          "http://sandbox.localdomain:8080/#",
                          "http://[::1]:8080",
                          "file:///etc/passwd",
                          ""}) {
    EXPECT_FALSE(parse_subscription(TelemetryApi::kTelemetry, with_uri(uri))) << uri;
  }
}

}  // namespace
}  // namespace haneul::compute
