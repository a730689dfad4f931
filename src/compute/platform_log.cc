#include "compute/platform_log.h"

#include <cmath>

#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"
#include "compute/variables.h"

namespace haneul::compute {

namespace {

double as_ms(std::chrono::microseconds duration) { return static_cast<double>(duration.count()) / 1000.0; }

std::string_view name_of(InitPhase phase) { return phase == InitPhase::kInit ? "init" : "invoke"; }

std::string_view status_of(std::optional<InitStatus> failure) {
  if (!failure) return "success";
  return *failure == InitStatus::kTimeout ? "timeout" : "error";
}

std::string_view status_of(const InvokeResult& result) {
  if (result.status == InvokeStatus::kOk || result.status == InvokeStatus::kFunctionError) return "success";
  return result.status == InvokeStatus::kTimeout ? "timeout" : "error";
}

// In the order of detail; what is no level counts as INFO.
int application_level(std::string_view name) {
  constexpr std::string_view kNames[] = {"TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"};
  constexpr int kInfo = 2;
  const std::string word = to_upper(name);
  for (int i = 0; i < 6; ++i) {
    if (word == kNames[i]) return i;
  }
  if (word == "WARNING") return 3;
  return word == "CRITICAL" ? 5 : kInfo;
}

void add_tracing(Document& record, const Invocation& invocation) {
  const std::string_view header = invocation.trace_header;
  if (trace_field(header, "Sampled") != "1") return;
  Document tracing = Document::object();
  tracing.set("spanId", trace_field(header, "Parent"));
  tracing.set("type", "X-Amzn-Trace-Id");
  tracing.set("value", header);
  record.set("tracing", std::move(tracing));
}

Document to_document(const PlatformSpan& span) {
  Document out = Document::object();
  out.set("name", span.name);
  out.set("start", format_iso8601_millis(span.start));
  out.set("durationMs", as_ms(span.duration));
  return out;
}

std::string capitalised(std::string_view word) {
  std::string out(word);
  out[0] = static_cast<char>(out[0] - 'a' + 'A');
  return out;
}

Document report_metrics(const InvokeResult& result) {
  Document metrics = Document::object();
  metrics.set("durationMs", as_ms(result.duration));
  metrics.set("billedDurationMs", result.billed.count());
  metrics.set("memorySizeMB", static_cast<int64_t>(result.memory_mb));
  metrics.set("maxMemoryUsedMB", static_cast<int64_t>(result.max_memory_mb));
  if (result.init_duration) metrics.set("initDurationMs", as_ms(*result.init_duration));
  if (result.restore_duration) {
    metrics.set("restoreDurationMs", as_ms(*result.restore_duration));
    metrics.set("billedRestoreDurationMs", result.billed_restore.count());
  }
  return metrics;
}

}  // namespace

PlatformLog::PlatformLog(const FunctionImage& image, Initialization initialization, const Clock& clock,
                         std::string instance, Emit emit)
    : image_(image),
      initialization_(initialization),
      clock_(clock),
      instance_(std::move(instance)),
      emit_(std::move(emit)),
      is_json_(image.log_format == LogFormat::kJson) {
  if (image.system_log_level == "DEBUG") lowest_ = Level::kDebug;
  if (image.system_log_level == "WARN") lowest_ = Level::kWarn;
  if (is_json_ && !image.application_log_level.empty())
    lowest_application_ = application_level(image.application_log_level);
}

// Documents are made only for whom they reach: in the usual case, text and nobody listening, for nobody.
template <class Record>
void PlatformLog::put(std::string_view type, Level level, const Record& record) {
  const bool is_written = is_json_ && level >= lowest_;
  const bool is_told = hub_ != nullptr && hub_->wants(TelemetryType::kPlatform);
  if (!is_written && !is_told) return;
  const TelemetryEvent event{TelemetryType::kPlatform, type, clock_.now(), record(), {}};
  if (is_written) emit_(render(event, {}));
  if (is_told) hub_->publish(event);
}

template <class Text>
void PlatformLog::say(const Text& text) {
  if (!is_json_) emit_(text());
}

Document PlatformLog::init_record(InitPhase phase) const {
  Document record = Document::object();
  record.set("initializationType", haneul::compute::name_of(initialization_));
  record.set("phase", name_of(phase));
  return record;
}

Document PlatformLog::init_start_record() const {
  Document record = init_record(phase_);
  put_instance(record);
  return record;
}

void PlatformLog::put_instance(Document& record) const {
  const RuntimeChoice& runtime = image_.runtime;
  record.set("runtimeVersion",
             runtime.actual + (runtime.substituted ? " (in place of " + runtime.requested + ")" : ""));
  record.set("runtimeVersionArn", "arn:aws:lambda:" + image_.region.str() + "::runtime:" + runtime.actual);
  record.set("functionName", image_.function_name);
  record.set("functionVersion", image_.version);
  record.set("instanceId", instance_);
  record.set("instanceMaxMemory", static_cast<int64_t>(image_.memory_mb) * 1024 * 1024);
}

void PlatformLog::init_start(InitPhase phase) {
  phase_ = phase;
  init_at_ = clock_.now();
  // A second init, inside an invocation, begins no new log.
  if (phase == InitPhase::kInit) say([&] { return init_start_line(image_.runtime); });
  put("platform.initStart", Level::kInfo, [&] { return init_start_record(); });
}

void PlatformLog::attach(TelemetryHub* hub) {
  hub_ = hub;
  if (hub != nullptr)
    hub->publish({TelemetryType::kPlatform, "platform.initStart", init_at_, init_start_record(), {}});
}

void PlatformLog::init_done(InitPhase phase, std::optional<InitStatus> failure, std::string_view error_type) {
  put("platform.initRuntimeDone", failure ? Level::kWarn : Level::kDebug, [&] {
    Document record = init_record(phase);
    record.set("status", status_of(failure));
    if (failure && !error_type.empty()) record.set("errorType", error_type);
    return record;
  });
}

void PlatformLog::init_report(InitPhase phase, std::chrono::microseconds duration,
                              std::optional<InitStatus> failure, std::string_view error_type) {
  if (failure) say([&] { return init_report_line(duration, phase, *failure, error_type); });
  const Level well = initialization_ == Initialization::kOnDemand ? Level::kDebug : Level::kInfo;
  put("platform.initReport", failure ? Level::kWarn : well, [&] {
    Document record = init_record(phase);
    record.set("status", status_of(failure));
    if (failure && !error_type.empty()) record.set("errorType", error_type);
    Document metrics = Document::object();
    metrics.set("durationMs", as_ms(duration));
    record.set("metrics", std::move(metrics));
    return record;
  });
}

void PlatformLog::restore_start() {
  init_at_ = clock_.now();
  say([&] { return restore_start_line(image_.runtime); });
  put("platform.restoreStart", Level::kInfo, [&] {
    Document record = Document::object();
    put_instance(record);
    return record;
  });
}

void PlatformLog::restore_done(std::optional<InitStatus> failure, std::string_view error_type) {
  put("platform.restoreRuntimeDone", failure ? Level::kWarn : Level::kDebug, [&] {
    Document record = Document::object();
    record.set("status", status_of(failure));
    if (failure && !error_type.empty()) record.set("errorType", error_type);
    return record;
  });
}

void PlatformLog::restore_report(std::chrono::microseconds duration, std::optional<InitStatus> failure,
                                 std::string_view error_type) {
  say([&] { return restore_report_line(duration, failure, error_type); });
  put("platform.restoreReport", failure ? Level::kWarn : Level::kInfo, [&] {
    Document record = Document::object();
    record.set("status", status_of(failure));
    if (failure && !error_type.empty()) record.set("errorType", error_type);
    Document metrics = Document::object();
    metrics.set("durationMs", as_ms(duration));
    record.set("metrics", std::move(metrics));
    return record;
  });
}

void PlatformLog::snapshot_taken(std::chrono::microseconds init_duration) {
  say([&] { return snapshot_report_line(init_duration); });
}

void PlatformLog::start(const Invocation& invocation) {
  say([&] { return start_line(invocation, image_.version); });
  put("platform.start", Level::kInfo, [&] {
    Document record = Document::object();
    record.set("requestId", invocation.request_id.str());
    record.set("functionArn", image_.function_arn);
    record.set("version", image_.version);
    add_tracing(record, invocation);
    return record;
  });
}

void PlatformLog::runtime_done(const Invocation& invocation, const RuntimeDone& done) {
  put("platform.runtimeDone", done.status == "success" ? Level::kDebug : Level::kWarn, [&] {
    Document record = Document::object();
    record.set("requestId", invocation.request_id.str());
    record.set("status", done.status);
    if (!done.error_type.empty()) record.set("errorType", done.error_type);
    Document metrics = Document::object();
    metrics.set("durationMs", as_ms(done.duration));
    metrics.set("producedBytes", done.produced_bytes);
    record.set("metrics", std::move(metrics));
    add_tracing(record, invocation);
    if (!done.spans.empty()) {
      Document& spans = record.set("spans", Document::array());
      for (const PlatformSpan& span : done.spans) spans.push(to_document(span));
    }
    return record;
  });
}

void PlatformLog::end(const Invocation& invocation, const InvokeResult& result,
                      const std::optional<PlatformSpan>& extension_overhead) {
  say([&] { return end_line(invocation); });
  // The log in JSON form has no such document.
  if (hub_ != nullptr && hub_->wants(TelemetryType::kPlatform)) {
    Document record = Document::object();
    record.set("requestId", invocation.request_id.str());
    hub_->publish({TelemetryType::kPlatform, "platform.end", clock_.now(), std::move(record), {}});
  }
  say([&] { return report_line(invocation, result); });
  const std::string_view status = status_of(result);
  put("platform.report", status == "success" ? Level::kInfo : Level::kWarn, [&] {
    Document record = Document::object();
    record.set("requestId", invocation.request_id.str());
    record.set("metrics", report_metrics(result));
    add_tracing(record, invocation);
    if (extension_overhead) record.set("spans", Document::array()).push(to_document(*extension_overhead));
    record.set("status", status);
    if (status == "error") record.set("errorType", result.error_type);
    return record;
  });
}

void PlatformLog::fault(const std::string& text) {
  emit_(text);
  if (hub_ == nullptr || !hub_->wants(TelemetryType::kPlatform)) return;
  hub_->publish({TelemetryType::kPlatform, "platform.fault", clock_.now(), text, {}});
}

void PlatformLog::extension(const Extension& extension) {
  const std::string_view state = haneul::compute::name_of(extension.state);
  const std::vector<std::string_view> events = events_of(extension);
  say([&] {
    std::string line = fmt::format("EXTENSION\tName: {}\tState: {}\tEvents: [{}]", extension.name, state,
                                   fmt::join(events, ","));
    if (!extension.error_type.empty()) line += "\tError Type: " + extension.error_type;
    return line;
  });
  const bool is_well = extension.state == Extension::State::kReady;
  put("platform.extension", is_well ? Level::kInfo : Level::kWarn, [&] {
    Document record = Document::object();
    record.set("name", extension.name);
    record.set("state", state);
    Document& list = record.set("events", Document::array());
    for (const std::string_view event : events) list.push(event);
    if (!extension.error_type.empty()) record.set("errorType", extension.error_type);
    return record;
  });
}

void PlatformLog::subscribed(const std::string& extension, const TelemetrySubscription& what,
                             TelemetryHub::Subscribed how) {
  const char* state = how == TelemetryHub::Subscribed::kNew ? "Subscribed" : "Already subscribed";
  const bool is_logs = what.api == TelemetryApi::kLogs;
  say([&] {
    std::vector<std::string> types;
    for (const TelemetryType type : what.types) types.push_back(capitalised(haneul::compute::name_of(type)));
    return fmt::format("{}\tName: {}\tState: {}\tTypes: [{}]", is_logs ? "LOGS" : "TELEMETRY", extension,
                       state, fmt::join(types, ", "));
  });
  put(is_logs ? "platform.logsSubscription" : "platform.telemetrySubscription", Level::kInfo, [&] {
    Document record = Document::object();
    record.set("name", extension);
    record.set("state", state);
    Document& list = record.set("types", Document::array());
    for (const TelemetryType type : what.types) list.push(haneul::compute::name_of(type));
    return record;
  });
}

// JSON objects have a level; other output is not filtered. UNDEFINED is the Java client's word for a line
// that was given none, and passes there.
bool PlatformLog::is_below_level(const Document& line) const {
  if (!line.is_object()) return false;
  const std::string level = line.string_or("level", "");
  return level != "UNDEFINED" && application_level(level) < lowest_application_;
}

void PlatformLog::line(TelemetryType source, std::string text) {
  Document parsed;
  if (is_json_ && text.starts_with('{')) {
    try {
      parsed = parse_json(text);
    } catch (const ParseError&) {
      // Text that begins with a brace.
    }
    if (source == TelemetryType::kFunction && is_below_level(parsed)) return;
  }
  if (hub_ != nullptr && hub_->wants(source)) {
    if (!parsed.is_object()) parsed = Document();
    hub_->publish({source, source == TelemetryType::kFunction ? "function" : "extension", clock_.now(),
                   to_valid_utf8(text), std::move(parsed)});
  }
  emit_(std::move(text));
}

}  // namespace haneul::compute
