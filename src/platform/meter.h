// Meter: adds up what is used, per month, account, region, service, resource and unit, from the facts of
// requests and of uses, and prices it by a table. Kept in meter/<month>.json of the data directory, rewritten
// as a whole (new file, synced, renamed) at most once a second and at stop: a crash loses at most the last
// second of metering, never a request. Thread rule: any thread.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/document.h"
#include "platform/facts.h"

namespace haneul::platform {

struct UsageKey {
  std::string account, region, service;
  std::string resource;  // an ARN, or empty: of no resource, or of a request that failed
  std::string unit;
  std::string operation;  // of unit "requests", else empty
  friend auto operator<=>(const UsageKey&, const UsageKey&) = default;
};
using Usage = std::map<UsageKey, double>;

class Meter {
 public:
  Meter(std::filesystem::path folder, const Clock& clock);
  ~Meter();
  void subscribe(FactBus& bus);
  void flush();  // what was counted so far is on disk when it returns

 private:
  void record(const RequestFact& fact);
  void add(Timestamp at, UsageKey key, double amount);
  Usage& usage_of(const std::string& month);  // to be added to; the caller holds mutex_
  void keep_flushing();

  std::filesystem::path folder_;
  const Clock& clock_;
  std::mutex mutex_;
  std::mutex flush_mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::map<std::string, Usage> months_;  // "2026-11"
  std::map<std::string, bool> dirty_;
  std::thread flusher_;
};

Usage load_usage(const std::filesystem::path& folder, const std::string& month);  // empty when there is none

struct Price {
  std::string service, unit;
  std::vector<std::string> operations;  // empty: all
  double per = 1, price = 0;
};
struct PriceTable {
  std::string currency;
  std::vector<Price> prices;
};
PriceTable parse_prices(std::string_view json);  // throws ParseError
double cost_of(const PriceTable& table, const UsageKey& key, double amount);

}  // namespace haneul::platform
