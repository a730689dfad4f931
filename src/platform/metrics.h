// Metrics: counters and duration histograms of requests by service, operation and outcome, and gauges that
// other parts offer, as Prometheus text (exposition format 0.0.4). Thread rule: any thread.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <tuple>

#include "platform/facts.h"

namespace haneul::platform {

class Metrics {
 public:
  void subscribe(FactBus& bus);
  // A value read at each scrape, for example jobs pending or environments alive.
  void gauge(std::string name, std::string help, std::function<double()> value);
  std::string text() const;

 private:
  static constexpr std::array<double, 9> kBucketSeconds{0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 1, 10};
  struct Series {
    uint64_t count = 0;
    double seconds = 0;
    std::array<uint64_t, kBucketSeconds.size()> buckets{};
  };
  struct Gauge {
    std::string name, help;
    std::function<double()> value;
  };
  void record(const RequestFact& fact);

  mutable std::mutex mutex_;
  std::map<std::tuple<std::string, std::string, std::string>, Series> requests_;  // service, operation, code
  std::vector<Gauge> gauges_;
};

}  // namespace haneul::platform
