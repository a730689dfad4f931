#include "compute/telemetry_hub.h"

#include <algorithm>

#include "base/json.h"
#include "base/text.h"
#include "compute/loop_io.h"
#include "compute/telemetry_queue.h"

namespace haneul::compute {

namespace {

constexpr std::chrono::milliseconds kFirstPause{100};
constexpr std::chrono::milliseconds kLastPause{2'000};

// From this version on a line that is a JSON object is shown as one.
bool shows_objects(std::string_view schema_version) { return schema_version >= "2022-12-13"; }

std::string join_records(const TelemetryQueue::Batch& batch, const TelemetryDestination& to, Timestamp now) {
  const bool is_http = to.protocol == TelemetryDestination::Protocol::kHttp;
  std::string body = is_http ? "[" : "";
  const auto add = [&](const std::string& record) {
    if (is_http && body.size() > 1) body += ',';
    body += record;
    if (!is_http) body += '\n';
  };
  for (const TelemetryQueue::Record& record : batch.records) add(*record);
  if (batch.dropped_records > 0) {
    TelemetryEvent dropped{TelemetryType::kPlatform, "platform.logsDropped", now, Document::object(), {}};
    dropped.record.set("reason",
                       "Consumer seems to have fallen behind as it has not acknowledged receipt of logs.");
    dropped.record.set("droppedRecords", batch.dropped_records);
    dropped.record.set("droppedBytes", batch.dropped_bytes);
    add(render(dropped, {}));
  }
  return is_http ? body + "]" : body;
}

}  // namespace

bool is_told(const TelemetrySubscription& subscription, TelemetryType category, std::string_view type) {
  if (!subscription.has(category)) return false;
  if (category != TelemetryType::kPlatform) return true;
  const bool logs_only =
      type == "platform.end" || type == "platform.fault" || type == "platform.logsSubscription";
  if (subscription.api == TelemetryApi::kTelemetry) return !logs_only;
  if (type == "platform.runtimeDone") return subscription.schema_version == "2021-03-18";
  return logs_only || type == "platform.start" || type == "platform.report" || type == "platform.extension";
}

std::string render(const TelemetryEvent& event, std::string_view schema_version) {
  Document out = Document::object();
  out.set("time", format_iso8601_millis(event.at));
  out.set("type", event.type);
  const bool as_object = !event.structured.is_null() && shows_objects(schema_version);
  out.set("record", as_object ? event.structured : event.record);
  return write_json(out);
}

struct TelemetryHub::Past {
  TelemetryEvent event;
};

struct TelemetryHub::Subscriber : std::enable_shared_from_this<Subscriber> {
  Subscriber(TelemetryHub& hub, std::string name, TelemetrySubscription asked)
      : extension(std::move(name)),
        subscription(std::move(asked)),
        clock(hub.clock_),
        queue(subscription.items_max, subscription.bytes_max),
        sender(hub.loop_, subscription.destination, hub.open_socket_),
        timer(hub.loop_),
        is_paused(hub.is_paused_) {}

  void add(TelemetryQueue::Record record) {
    queue.add(std::move(record));
    if (in_flight.empty() && queue.is_full()) return send_now();
    wait(subscription.timeout);
  }

  void wait(std::chrono::milliseconds delay) {
    if (is_waiting || is_paused || !in_flight.empty()) return;
    is_waiting = true;
    timer.arm(delay, [weak = weak_from_this()] {
      const auto self = weak.lock();
      if (!self) return;
      self->is_waiting = false;
      self->send_now();
    });
  }

  void send_now() {
    if (is_paused || !in_flight.empty() || queue.empty()) return;
    in_flight = join_records(queue.take(), subscription.destination, clock.now());
    deliver();
  }

  void deliver() {
    timer.cancel();
    is_waiting = false;
    is_sending = true;
    sender.send(in_flight, [weak = weak_from_this()](TelemetrySender::Outcome outcome) {
      if (const auto self = weak.lock()) self->sent(outcome);
    });
  }

  void sent(TelemetrySender::Outcome outcome) {
    is_sending = false;
    if (outcome == TelemetrySender::Outcome::kFailed) return retry();
    in_flight.clear();
    pause_after = kFirstPause;
    if (queue.is_full() || is_flushing) return send_now();
    if (!queue.empty()) wait(subscription.timeout);
  }

  void retry() {
    if (is_paused) return;
    timer.arm(pause_after, [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->deliver();
    });
    pause_after = std::min(2 * pause_after, kLastPause);
  }

  void pause() {
    is_paused = true;
    is_waiting = false;
    timer.cancel();
    sender.pause();
  }

  void resume() {
    is_paused = false;
    if (is_sending) return sender.resume();
    if (!in_flight.empty()) return deliver();
    if (!queue.empty()) wait(subscription.timeout);
  }

  void flush() {
    is_flushing = true;
    if (in_flight.empty()) return send_now();
    if (!is_sending) deliver();
  }

  std::string extension;
  TelemetrySubscription subscription;
  const Clock& clock;
  TelemetryQueue queue;
  TelemetrySender sender;
  LoopTimer timer;
  std::string in_flight;  // a batch until it is delivered
  bool is_sending = false;
  bool is_waiting = false;  // the timer runs for what is queued
  bool is_flushing = false;
  bool is_paused;
  std::chrono::milliseconds pause_after = kFirstPause;
};

TelemetryHub::TelemetryHub(Loop& loop, const Clock& clock, TelemetrySender::OpenSocket open_socket)
    : loop_(loop), clock_(clock), open_socket_(std::move(open_socket)) {}

TelemetryHub::~TelemetryHub() = default;

TelemetryHub::Subscribed TelemetryHub::subscribe(const std::string& extension,
                                                 TelemetrySubscription subscription) {
  if (is_closed_off_) return Subscribed::kUnreachable;
  for (const auto& each : subscribers_) {
    if (each->extension != extension) continue;
    if (each->subscription.api != subscription.api) return Subscribed::kOtherApi;
    if (each->subscription == subscription) return Subscribed::kAlready;
  }
  if (subscribers_.size() >= kSubscriptionsMax) return Subscribed::kTooMany;
  const auto added = std::make_shared<Subscriber>(*this, extension, std::move(subscription));
  subscribers_.push_back(added);
  for (const Past& past : history_) {
    if (!is_told(added->subscription, past.event.category, past.event.type)) continue;
    added->add(std::make_shared<const std::string>(render(past.event, added->subscription.schema_version)));
  }
  return Subscribed::kNew;
}

void TelemetryHub::end_history() {
  keeps_history_ = false;
  history_ = {};
}

bool TelemetryHub::wants(TelemetryType category) const {
  return keeps_history_ || std::any_of(subscribers_.begin(), subscribers_.end(),
                                       [&](const auto& each) { return each->subscription.has(category); });
}

void TelemetryHub::publish(const TelemetryEvent& event) {
  TelemetryQueue::Record as_text;
  TelemetryQueue::Record as_object;
  for (const auto& each : subscribers_) {
    if (!is_told(each->subscription, event.category, event.type)) continue;
    const std::string& version = each->subscription.schema_version;
    TelemetryQueue::Record& form = shows_objects(version) ? as_object : as_text;
    if (!form) form = std::make_shared<const std::string>(render(event, version));
    each->add(form);
  }
  if (!keeps_history_) return;
  const size_t bytes = event.record.is_string() ? event.record.as_string().size() + 64 : 512;
  if (history_bytes_ + bytes > kHistoryBytesMax) return;
  history_bytes_ += bytes;
  history_.push_back({event});
}

void TelemetryHub::pause() {
  is_paused_ = true;
  for (const auto& each : subscribers_) each->pause();
}

void TelemetryHub::resume() {
  is_paused_ = false;
  for (const auto& each : subscribers_) each->resume();
}

void TelemetryHub::flush() {
  for (const auto& each : subscribers_) each->flush();
}

}  // namespace haneul::compute
