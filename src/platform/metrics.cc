#include "platform/metrics.h"

#include <fmt/format.h>

namespace haneul::platform {

void Metrics::subscribe(FactBus& bus) {
  bus.on_request([this](const RequestFact& fact) { record(fact); });
}

void Metrics::gauge(std::string name, std::string help, std::function<double()> value) {
  const std::lock_guard lock(mutex_);
  gauges_.push_back({std::move(name), std::move(help), std::move(value)});
}

void Metrics::record(const RequestFact& fact) {
  const std::string& outcome = fact.error_code.empty() ? "OK" : fact.error_code;
  const double seconds = static_cast<double>(fact.duration.count()) / 1e6;
  const std::lock_guard lock(mutex_);
  Series& series = requests_[{fact.service, fact.operation, outcome}];
  series.count += 1;
  series.seconds += seconds;
  for (size_t i = 0; i < kBucketSeconds.size(); ++i) {
    if (seconds <= kBucketSeconds[i]) series.buckets[i] += 1;
  }
}

std::string Metrics::text() const {
  const std::lock_guard lock(mutex_);
  std::string out =
      "# HELP haneul_request_duration_seconds Time from the head of a request to its answer.\n"
      "# TYPE haneul_request_duration_seconds histogram\n";
  for (const auto& [key, series] : requests_) {
    const auto& [service, operation, code] = key;
    const std::string labels =
        fmt::format(R"(service="{}",operation="{}",code="{}")", service, operation, code);
    for (size_t i = 0; i < kBucketSeconds.size(); ++i) {
      out += fmt::format("haneul_request_duration_seconds_bucket{{{},le=\"{}\"}} {}\n", labels,
                         kBucketSeconds[i], series.buckets[i]);
    }
    out += fmt::format("haneul_request_duration_seconds_bucket{{{},le=\"+Inf\"}} {}\n", labels, series.count);
    out += fmt::format("haneul_request_duration_seconds_sum{{{}}} {}\n", labels, series.seconds);
    out += fmt::format("haneul_request_duration_seconds_count{{{}}} {}\n", labels, series.count);
  }
  for (const Gauge& gauge : gauges_) {
    out += fmt::format("# HELP {0} {1}\n# TYPE {0} gauge\n{0} {2}\n", gauge.name, gauge.help, gauge.value());
  }
  return out;
}

}  // namespace haneul::platform
