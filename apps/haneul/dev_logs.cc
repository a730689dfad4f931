#include "dev_logs.h"

#include <algorithm>
#include <cstdlib>
#include <iostream>

#include <fmt/format.h>
#include <unistd.h>

#include "base/json.h"
#include "base/parse_error.h"
#include "base/text.h"

namespace haneul::app {

namespace {

constexpr int64_t kLookBackMs = 5000;  // streams of several environments are not written in one order
constexpr size_t kSeenMax = 100'000;

std::string field(std::string_view line, std::string_view name) {
  for (const std::string_view part : split(line, '\t')) {
    const std::string_view bare = trim(part);
    if (!bare.starts_with(name) || bare.size() <= name.size() || bare[name.size()] != ':') continue;
    const std::string_view value = trim(bare.substr(name.size() + 1));
    return std::string(value.substr(0, value.find(' ')));
  }
  return {};
}

constexpr std::string_view kReportType = "\"type\":\"platform.report\"";

std::string number_text(const Document& metrics, const char* name) {
  const Document* found = metrics.find(name);
  return found == nullptr || !found->is_number() ? std::string() : fmt::format("{:g}", found->as_double());
}

// The JSON form of a report: {"type":"platform.report","record":{"status":...,"metrics":{...}}}.
std::optional<ReportFigures> parse_json_report(std::string_view line) {
  const Document event = parse_json(line);
  const Document* record = event.find("record");
  const Document* metrics = record == nullptr ? nullptr : record->find("metrics");
  if (metrics == nullptr) return std::nullopt;
  ReportFigures figures;
  figures.duration_ms = number_text(*metrics, "durationMs");
  figures.init_ms = number_text(*metrics, "initDurationMs");
  figures.max_memory_mb = number_text(*metrics, "maxMemoryUsedMB");
  figures.billed_ms = std::strtod(number_text(*metrics, "billedDurationMs").c_str(), nullptr);
  figures.memory_mb = std::strtod(number_text(*metrics, "memorySizeMB").c_str(), nullptr);
  const std::string status = record->string_or("status", "success");
  if (status != "success") figures.status = status;
  return figures;
}

bool is_platform_line(std::string_view message) {
  if (message.starts_with("{\"time\":") && message.find("\"type\":\"platform.") != std::string_view::npos) {
    return true;
  }
  return message.starts_with("START RequestId: ") || message.starts_with("END RequestId: ") ||
         message.starts_with("INIT_START ") || message.starts_with("XRAY TraceId: ");
}

bool is_error(std::string_view message) {
  return message.starts_with("[ERROR]") || message.find("\tERROR\t") != std::string_view::npos ||
         message.find("\"level\":\"ERROR\"") != std::string_view::npos ||
         message.find("Task timed out after") != std::string_view::npos ||
         message.find("Runtime exited") != std::string_view::npos;
}

}  // namespace

std::string painted(Paint paint, std::string_view text) {
  static const bool is_terminal = isatty(STDOUT_FILENO) == 1;
  if (!is_terminal || paint == Paint::kPlain) return std::string(text);
  const auto code = [&] {
    switch (paint) {
      case Paint::kBold: return "1";
      case Paint::kDim: return "2";
      case Paint::kRed: return "31";
      case Paint::kGreen: return "32";
      default: return "33";
    }
  };
  return fmt::format("\x1b[{}m{}\x1b[0m", code(), text);
}

std::optional<ReportFigures> parse_report(std::string_view line) {
  if (line.starts_with("{\"time\":") && line.find(kReportType) != std::string_view::npos) {
    try {
      return parse_json_report(line);
    } catch (const ParseError&) {
      return std::nullopt;  // a line of the function's own that looks like one
    }
  }
  if (!line.starts_with("REPORT RequestId: ")) return std::nullopt;
  ReportFigures figures;
  figures.duration_ms = field(line, "Duration");
  figures.init_ms = field(line, "Init Duration");
  figures.status = field(line, "Status");
  figures.max_memory_mb = field(line, "Max Memory Used");
  figures.billed_ms = static_cast<double>(parse_int(field(line, "Billed Duration")).value_or(0));
  figures.memory_mb = static_cast<double>(parse_int(field(line, "Memory Size")).value_or(0));
  return figures;
}

std::string figures_text(const ReportFigures& figures, const platform::PriceTable& prices) {
  constexpr double kMibPerGib = 1024;
  const platform::UsageKey request{.account = {},
                                   .region = {},
                                   .service = "lambda",
                                   .resource = {},
                                   .unit = "requests",
                                   .operation = "Invoke"};
  const platform::UsageKey time{
      .account = {}, .region = {}, .service = "lambda", .resource = {}, .unit = "GB-ms", .operation = {}};
  const double price = platform::cost_of(prices, request, 1) +
                       platform::cost_of(prices, time, figures.billed_ms * figures.memory_mb / kMibPerGib);
  const std::string init = figures.init_ms.empty() ? "" : " (init " + figures.init_ms + " ms)";
  const std::string status = figures.status.empty() ? "" : ", " + figures.status;
  return fmt::format("{} ms{}, {} of {:.0f} MB, {} {:.8f}{}", figures.duration_ms, init,
                     figures.max_memory_mb, figures.memory_mb, prices.currency, price, status);
}

DevLogs::DevLogs(const Client& client, platform::PriceTable prices)
    : client_(client), prices_(std::move(prices)) {}

void DevLogs::follow(const std::vector<DeployedFunction>& functions) {
  const int64_t now = SystemClock().now().time_since_epoch().count();
  for (const DeployedFunction& function : functions) since_.try_emplace(function.log_group, now);
  functions_ = functions;
}

void DevLogs::print_new() {
  for (const DeployedFunction& function : functions_) {
    int64_t& since = since_[function.log_group];
    const Document input = Document::Object{{"logGroupName", function.log_group},
                                            {"startTime", std::max<int64_t>(since - kLookBackMs, 0)}};
    const ClientResponse response =
        client_.call({.service = "logs",
                      .body = write_json(input),
                      .headers = {{"Content-Type", "application/x-amz-json-1.1"},
                                  {"X-Amz-Target", "Logs_20140328.FilterLogEvents"}}});
    if (response.status != 200) continue;  // it has printed nothing yet
    const Document answer = parse_json(response.body);
    const Document* events = answer.find("events");
    if (events == nullptr) continue;
    for (const Document& event : events->as_array()) {
      const int64_t at = event.find("timestamp")->as_int();
      // What was there before we looked first is not ours to show.
      if (at < since - kLookBackMs || !seen_.insert(event.string_or("eventId", "")).second) continue;
      since = std::max(since, at);
      print_event(function, event.string_or("message", ""));
    }
  }
  if (seen_.size() > kSeenMax) seen_.clear();
  std::cout.flush();
}

void DevLogs::print_event(const DeployedFunction& function, std::string_view message) {
  const std::string_view text = trim(message);
  const std::string name = painted(Paint::kBold, function.logical_id);
  if (const auto figures = parse_report(text)) {
    const Paint paint = figures->status.empty() ? Paint::kGreen : Paint::kRed;
    std::cout << name << "  " << painted(paint, figures_text(*figures, prices_)) << "\n";
    return;
  }
  const Paint paint = is_platform_line(text) ? Paint::kDim : is_error(text) ? Paint::kRed : Paint::kPlain;
  for (const std::string_view line : split(text, '\n'))
    std::cout << name << "  " << painted(paint, line) << "\n";
}

}  // namespace haneul::app
