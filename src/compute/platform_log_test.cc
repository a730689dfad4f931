// The platform's own words in both forms, and which of them each level lets through.
#include "compute/platform_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json.h"

namespace haneul::compute {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct PlatformLogTest : testing::Test {
  PlatformLogTest() {
    image.region = Region("eu-west-1");
    image.function_name = "f";
    image.function_arn = "arn:aws:lambda:eu-west-1:123456789012:function:f";
    image.runtime.actual = image.runtime.requested = "python3.11";
    invocation.request_id = RequestId("id-1");
    invocation.trace_header = "Root=1-2-3;Parent=4;Sampled=1";
  }
  PlatformLog make() {
    return PlatformLog(image, initialization, clock, "instance",
                       [this](std::string line) { lines.push_back(std::move(line)); });
  }
  // Types of what a whole life says, well or badly.
  std::vector<std::string> life(std::optional<InitStatus> failure) {
    lines.clear();
    PlatformLog log = make();
    log.init_start(InitPhase::kInit);
    log.init_done(InitPhase::kInit, failure, "Runtime.ExitError");
    log.init_report(InitPhase::kInit, std::chrono::microseconds(1'500), failure, "Runtime.ExitError");
    log.start(invocation);
    log.runtime_done(invocation, {failure ? "error" : "success", "Runtime.ExitError", {}, 0, {}});
    InvokeResult result;
    if (failure) result.status = InvokeStatus::kCrashed;
    log.end(invocation, result, std::nullopt);
    std::vector<std::string> types;
    for (const std::string& line : lines) types.push_back(parse_json(line).string_or("type", "").substr(9));
    return types;
  }
  FunctionImage image;
  Initialization initialization = Initialization::kOnDemand;
  Invocation invocation;
  VirtualClock clock;
  std::vector<std::string> lines;
};

// Restores are told in both forms, and what failed in either.
TEST_F(PlatformLogTest, TellsOfRestores) {
  initialization = Initialization::kSnapStart;
  const auto restore = [&](std::optional<InitStatus> failure) {
    lines.clear();
    PlatformLog log = make();
    log.restore_start();
    log.restore_done(failure, "Runtime.ExitError");
    log.restore_report(std::chrono::microseconds(1'500), failure, "Runtime.ExitError");
  };
  restore({});
  EXPECT_THAT(lines, ElementsAre("RESTORE_START Runtime Version: python3.11",
                                 "RESTORE_REPORT Restore Duration: 1.50 ms"));
  restore(InitStatus::kTimeout);
  EXPECT_EQ(lines.back(), "RESTORE_REPORT Restore Duration: 1.50 ms\tStatus: timeout");
  image.log_format = LogFormat::kJson;
  restore({});
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(parse_json(lines[0]).string_or("type", ""), "platform.restoreStart");
  EXPECT_EQ(parse_json(lines[1]).string_or("type", ""), "platform.restoreReport");
  EXPECT_EQ(parse_json(lines[1]).find("record")->string_or("status", ""), "success");
  restore(InitStatus::kError);
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(parse_json(lines[1]).string_or("type", ""), "platform.restoreRuntimeDone");
  EXPECT_EQ(parse_json(lines[2]).find("record")->string_or("errorType", ""), "Runtime.ExitError");
}

// The table of the page on log levels: what is well is DEBUG or INFO, what is not is WARN.
TEST_F(PlatformLogTest, FiltersByLevel) {
  image.log_format = LogFormat::kJson;
  EXPECT_THAT(life({}), ElementsAre("initStart", "start", "report"));
  EXPECT_THAT(life(InitStatus::kError),
              ElementsAre("initStart", "initRuntimeDone", "initReport", "start", "runtimeDone", "report"));
  initialization = Initialization::kProvisioned;
  EXPECT_THAT(life({}), ElementsAre("initStart", "initReport", "start", "report"));
  initialization = Initialization::kOnDemand;
  image.system_log_level = "DEBUG";
  EXPECT_THAT(life({}),
              ElementsAre("initStart", "initRuntimeDone", "initReport", "start", "runtimeDone", "report"));
  image.system_log_level = "WARN";
  EXPECT_THAT(life({}), IsEmpty());
  EXPECT_THAT(life(InitStatus::kTimeout),
              ElementsAre("initRuntimeDone", "initReport", "runtimeDone", "report"));
}

// The documents have AWS's members in AWS's order.
TEST_F(PlatformLogTest, WritesDocuments) {
  image.log_format = LogFormat::kJson;
  life({});
  EXPECT_EQ(
      lines[0],
      R"({"time":"2023-11-14T22:13:20.000Z","type":"platform.initStart","record":{"initializationType":)"
      R"("on-demand","phase":"init","runtimeVersion":"python3.11","runtimeVersionArn":)"
      R"("arn:aws:lambda:eu-west-1::runtime:python3.11","functionName":"f","functionVersion":"$LATEST",)"
      R"("instanceId":"instance","instanceMaxMemory":134217728}})");
  EXPECT_EQ(
      lines[1],
      R"({"time":"2023-11-14T22:13:20.000Z","type":"platform.start","record":{"requestId":"id-1",)"
      R"("functionArn":"arn:aws:lambda:eu-west-1:123456789012:function:f","version":"$LATEST","tracing":)"
      R"({"spanId":"4","type":"X-Amzn-Trace-Id","value":"Root=1-2-3;Parent=4;Sampled=1"}}})");
  InvokeResult result;
  result.status = InvokeStatus::kCrashed;
  result.error_type = "Runtime.ExitError";
  result.duration = std::chrono::microseconds(1'234'567);
  result.billed = std::chrono::milliseconds(1'235);
  result.init_duration = std::chrono::microseconds(463'512);
  result.memory_mb = 128;
  result.max_memory_mb = 84;
  invocation.trace_header.clear();
  lines.clear();
  make().end(invocation, result,
             PlatformSpan{"extensionOverhead", clock.now(), std::chrono::microseconds(90)});
  EXPECT_THAT(
      lines,
      ElementsAre(R"({"time":"2023-11-14T22:13:20.000Z","type":"platform.report","record":{"requestId":)"
                  R"("id-1","metrics":{"durationMs":1234.567,"billedDurationMs":1235,"memorySizeMB":128,)"
                  R"("maxMemoryUsedMB":84,"initDurationMs":463.512},"spans":[{"name":"extensionOverhead",)"
                  R"("start":"2023-11-14T22:13:20.000Z","durationMs":0.09}],"status":"error",)"
                  R"("errorType":"Runtime.ExitError"}})"));
}

// Lines of the function that say their level are held to the function's: others pass as they are.
TEST_F(PlatformLogTest, FiltersApplicationLines) {
  image.log_format = LogFormat::kJson;
  image.application_log_level = "WARN";
  PlatformLog log = make();
  for (const char* line : {R"({"level":"debug","a":1})", R"({"level":"warning"})", R"({"level":"nonsense"})",
                           R"({"a":1})", R"({"level":"FATAL"})", "{no json", "plain"})
    log.line(TelemetryType::kFunction, line);
  EXPECT_THAT(lines, ElementsAre(R"({"level":"warning"})", R"({"level":"FATAL"})", "{no json", "plain"));
  lines.clear();
  image.log_format = LogFormat::kText;
  make().line(TelemetryType::kFunction, R"({"level":"debug"})");
  EXPECT_EQ(lines.size(), 1u);
}

// Who is told what: a wrong choice here would surprise every tool that parses these streams.
TEST(IsTold, SeparatesTheInterfaces) {
  TelemetrySubscription telemetry;
  telemetry.types = {TelemetryType::kPlatform};
  TelemetrySubscription logs = telemetry;
  logs.api = TelemetryApi::kLogs;
  logs.schema_version = "2020-08-15";
  const auto told = [](const TelemetrySubscription& to, std::string_view type) {
    return is_told(to, TelemetryType::kPlatform, type);
  };
  EXPECT_TRUE(told(telemetry, "platform.initStart"));
  EXPECT_FALSE(told(telemetry, "platform.end"));
  EXPECT_FALSE(told(telemetry, "platform.fault"));
  EXPECT_FALSE(is_told(telemetry, TelemetryType::kFunction, "function"));
  EXPECT_FALSE(told(logs, "platform.initStart"));
  EXPECT_TRUE(told(logs, "platform.end"));
  EXPECT_FALSE(told(logs, "platform.runtimeDone"));
  logs.schema_version = "2021-03-18";
  EXPECT_TRUE(told(logs, "platform.runtimeDone"));
}

}  // namespace
}  // namespace haneul::compute
