// TelemetryHub: the telemetry of one start of an environment on its way to the extensions that subscribed.
// Buffers per subscriber as it asked, delivers in order, tries again with growing pauses, and drops rather
// than grows. Nothing is sent while the environment is frozen.
// https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api.html
//
// Thread rule: the environment's loop.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/document.h"
#include "compute/telemetry_sender.h"
#include "compute/telemetry_subscription.h"

namespace haneul::compute {

struct TelemetryEvent {
  TelemetryType category = TelemetryType::kPlatform;
  std::string_view type;  // "platform.start"; a literal
  Timestamp at{};
  Document record;      // of lines: their text
  Document structured;  // of lines that are JSON objects: the object, for schemas that show it; else null
};

class TelemetryHub {
 public:
  static constexpr size_t kSubscriptionsMax = 10;
  static constexpr size_t kHistoryBytesMax = 256 * 1024;

  TelemetryHub(Loop& loop, const Clock& clock, TelemetrySender::OpenSocket open_socket);
  ~TelemetryHub();

  enum class Subscribed { kNew, kAlready, kOtherApi, kTooMany, kUnreachable };
  Subscribed subscribe(const std::string& extension, TelemetrySubscription subscription);

  // There is no way to who listens in there: nobody can subscribe.
  void close_off() { is_closed_off_ = true; }

  // Until init is over events are kept for those who subscribe late.
  void keep_history() { keeps_history_ = true; }
  void end_history();

  bool wants(TelemetryType category) const;
  void publish(const TelemetryEvent& event);
  void pause();
  void resume();
  void flush();  // what is buffered goes now

 private:
  struct Subscriber;
  struct Past;
  Loop& loop_;
  const Clock& clock_;
  TelemetrySender::OpenSocket open_socket_;
  std::vector<std::shared_ptr<Subscriber>> subscribers_;
  std::vector<Past> history_;
  size_t history_bytes_ = 0;
  bool keeps_history_ = false;
  bool is_paused_ = false;
  bool is_closed_off_ = false;
};

// Whether events of this type are for subscribers of this interface and schema.
bool is_told(const TelemetrySubscription& subscription, TelemetryType category, std::string_view type);
// One element of what a subscriber is sent.
std::string render(const TelemetryEvent& event, std::string_view schema_version);

}  // namespace haneul::compute
