// Facts: one record per request (and one per use of a metered resource) on an internal bus. The meter, the
// trail and the metrics subscribe; operations never write to them. Publishing never blocks and never fails a
// request. Thread rule: publish from any thread; subscribers are added before the first request and must be
// thread-safe.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/strong.h"
#include "platform/caller.h"

namespace haneul::platform {

struct RequestFact {
  RequestId id;
  Timestamp at;
  std::chrono::microseconds duration{0};
  AccountId account;
  Region region;
  std::string service, operation;
  std::string resource;  // ARN of the first access check
  std::string caller_arn, access_key_id, source_ip, user_agent, trace_id;
  bool read_only = false;
  bool inside = false;  // made by another service through the dispatcher
  int status = 0;
  std::string error_code, error_message;  // empty when it succeeded
  std::string denied_because;             // why access was refused; empty when it was not
  uint64_t bytes_in = 0, bytes_out = 0;
};

// A use that is not a request: function time, stored bytes.
struct UsageFact {
  Timestamp at;
  AccountId account;
  Region region;
  std::string service;   // "lambda"
  std::string resource;  // ARN
  std::string unit;      // "GB-ms", a row of the price table
  double amount = 0;
};

class FactBus {
 public:
  void on_request(std::function<void(const RequestFact&)> subscriber) {
    requests_.push_back(std::move(subscriber));
  }
  void on_usage(std::function<void(const UsageFact&)> subscriber) {
    usages_.push_back(std::move(subscriber));
  }
  void publish(const RequestFact& fact) const {
    for (const auto& subscriber : requests_) subscriber(fact);
  }
  void publish(const UsageFact& fact) const {
    for (const auto& subscriber : usages_) subscriber(fact);
  }

 private:
  std::vector<std::function<void(const RequestFact&)>> requests_;
  std::vector<std::function<void(const UsageFact&)>> usages_;
};

}  // namespace haneul::platform
