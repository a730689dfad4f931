// PlatformLog: what the platform itself says about an environment - as lines of text or JSON documents in the
// function's log, by the function's logging configuration, and as events for telemetry subscribers.
// https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html (documents),
// monitoring-cloudwatchlogs-log-level.html (which level an event has)
//
// Thread rule: the environment's loop.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/document.h"
#include "compute/extension_session.h"
#include "compute/image.h"
#include "compute/invocation.h"
#include "compute/report.h"
#include "compute/telemetry_hub.h"

namespace haneul::compute {

// A part of an invocation's time.
struct PlatformSpan {
  std::string_view name;  // "responseLatency"; a literal
  Timestamp start{};
  std::chrono::microseconds duration{0};
};

struct RuntimeDone {
  std::string_view status;  // "success", "error", "timeout"
  std::string_view error_type;
  std::chrono::microseconds duration{0};
  uint64_t produced_bytes = 0;
  std::vector<PlatformSpan> spans;
};

class PlatformLog {
 public:
  using Emit = std::function<void(std::string line)>;
  PlatformLog(const FunctionImage& image, Initialization initialization, const Clock& clock,
              std::string instance, Emit emit);

  void init_start(InitPhase phase);
  void attach(TelemetryHub* hub);  // and tells it of the start; null: nobody listens
  void init_done(InitPhase phase, std::optional<InitStatus> failure, std::string_view error_type);
  void init_report(InitPhase phase, std::chrono::microseconds duration, std::optional<InitStatus> failure,
                   std::string_view error_type);
  void restore_start();
  void restore_done(std::optional<InitStatus> failure, std::string_view error_type);
  void restore_report(std::chrono::microseconds duration, std::optional<InitStatus> failure,
                      std::string_view error_type);
  void snapshot_taken(std::chrono::microseconds init_duration);
  void start(const Invocation& invocation);
  void runtime_done(const Invocation& invocation, const RuntimeDone& done);
  void end(const Invocation& invocation, const InvokeResult& result,
           const std::optional<PlatformSpan>& extension_overhead);
  void fault(const std::string& text);
  void extension(const Extension& extension);
  void subscribed(const std::string& extension, const TelemetrySubscription& what,
                  TelemetryHub::Subscribed how);
  // A line that the function or an extension wrote.
  void line(TelemetryType source, std::string text);

 private:
  enum class Level { kDebug, kInfo, kWarn };
  template <class Record>
  void put(std::string_view type, Level level, const Record& record);
  template <class Text>
  void say(const Text& text);
  bool is_below_level(const Document& line) const;
  Document init_record(InitPhase phase) const;
  Document init_start_record() const;
  void put_instance(Document& record) const;

  const FunctionImage& image_;
  Initialization initialization_;
  const Clock& clock_;
  std::string instance_;
  Emit emit_;
  TelemetryHub* hub_ = nullptr;
  InitPhase phase_ = InitPhase::kInit;
  Timestamp init_at_{};
  bool is_json_;
  Level lowest_ = Level::kInfo;
  int lowest_application_ = 0;
};

}  // namespace haneul::compute
