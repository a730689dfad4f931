// Wording of START, END, REPORT and INIT_REPORT lines.
#include "compute/report.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"

namespace haneul::compute {

namespace {

double as_ms(std::chrono::microseconds duration) { return static_cast<double>(duration.count()) / 1000.0; }

std::string version_text(const RuntimeChoice& runtime) {
  return "Runtime Version: " + runtime.actual +
         (runtime.substituted ? " (in place of " + runtime.requested + ")" : "");
}

}  // namespace

std::string_view trace_field(std::string_view header, std::string_view name) {
  for (const std::string_view part : split(header, ';')) {
    const std::string_view field = trim(part);
    if (field.starts_with(name) && field.substr(name.size()).starts_with("="))
      return field.substr(name.size() + 1);
  }
  return {};
}

std::string init_start_line(const RuntimeChoice& runtime) { return "INIT_START " + version_text(runtime); }

std::string restore_start_line(const RuntimeChoice& runtime) {
  return "RESTORE_START " + version_text(runtime);
}

std::string restore_report_line(std::chrono::microseconds duration, std::optional<InitStatus> failure,
                                std::string_view error_type) {
  std::string line = fmt::format("RESTORE_REPORT Restore Duration: {:.2f} ms", as_ms(duration));
  if (failure) line += *failure == InitStatus::kError ? "\tStatus: error" : "\tStatus: timeout";
  if (failure == InitStatus::kError) line += fmt::format("\tError Type: {}", error_type);
  return line;
}

std::string snapshot_report_line(std::chrono::microseconds duration) {
  return fmt::format("INIT_REPORT Init Duration: {:.2f} ms", as_ms(duration));
}

std::string start_line(const Invocation& invocation, std::string_view version) {
  return fmt::format("START RequestId: {} Version: {}", invocation.request_id.str(), version);
}

std::string end_line(const Invocation& invocation) {
  return fmt::format("END RequestId: {}", invocation.request_id.str());
}

std::string report_line(const Invocation& invocation, const InvokeResult& result) {
  std::string line = fmt::format(
      "REPORT RequestId: {}\tDuration: {:.2f} ms\tBilled Duration: {} ms\tMemory Size: {} MB\tMax Memory "
      "Used: {} MB\t",
      invocation.request_id.str(), as_ms(result.duration), result.billed.count(), result.memory_mb,
      result.max_memory_mb);
  if (result.init_duration) line += fmt::format("Init Duration: {:.2f} ms\t", as_ms(*result.init_duration));
  if (result.restore_duration) {
    line += fmt::format("Restore Duration: {:.2f} ms\tBilled Restore Duration: {} ms\t",
                        as_ms(*result.restore_duration), result.billed_restore.count());
  }
  if (result.status == InvokeStatus::kTimeout) {
    line += "Status: timeout\t";
  } else if (result.status != InvokeStatus::kOk && result.status != InvokeStatus::kFunctionError) {
    line += fmt::format("Status: error\tError Type: {}\t", result.error_type);
  }
  if (trace_field(invocation.trace_header, "Sampled") == "1") {
    line += fmt::format("\nXRAY TraceId: {}\tSegmentId: {}\tSampled: true\t",
                        trace_field(invocation.trace_header, "Root"),
                        trace_field(invocation.trace_header, "Parent"));
  }
  return line;
}

std::string init_report_line(std::chrono::microseconds duration, InitPhase phase, InitStatus status,
                             std::string_view error_type) {
  std::string line = fmt::format("INIT_REPORT Init Duration: {:.2f} ms\tPhase: {}\tStatus: {}",
                                 as_ms(duration), phase == InitPhase::kInit ? "init" : "invoke",
                                 status == InitStatus::kError ? "error" : "timeout");
  if (status == InitStatus::kError) line += fmt::format("\tError Type: {}", error_type);
  return line;
}

std::string error_document(std::string_view type, std::string_view message) {
  Document document = Document::object();
  document.set("errorType", type);
  document.set("errorMessage", message);
  return write_json(document);
}

std::string seconds_text(std::chrono::milliseconds duration) {
  return fmt::format("{:.2f}", static_cast<double>(duration.count()) / 1000.0);
}

std::chrono::milliseconds round_up(std::chrono::microseconds duration) {
  return std::max(std::chrono::ceil<std::chrono::milliseconds>(duration), std::chrono::milliseconds(1));
}

std::string make_log_stream(Timestamp at, std::string_view version, std::string_view hex32) {
  const std::string day = format_iso8601(at).substr(0, 10);
  return fmt::format("{}/{}/{}/[{}]{}", day.substr(0, 4), day.substr(5, 2), day.substr(8, 2), version, hex32);
}

}  // namespace haneul::compute
