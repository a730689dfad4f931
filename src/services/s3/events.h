// Event notifications: S3 user guide, "Amazon S3 Event Notifications" and "Event message structure". An event
// is a job written in the transaction of its cause, and delivered at least once to the functions whose rules
// match. Thread rule: record() inside a transaction; deliver() on an executor's thread.
#pragma once

#include <string>
#include <vector>

#include "services/s3/core.h"

namespace haneul::s3 {

inline constexpr const char* kNotificationJob = "s3.notification";

struct Event {
  std::string name;  // "ObjectCreated:Put"
  std::string key;
  enum class Detail { kFull, kKeyOnly } detail = Detail::kFull;  // deletions tell no size
};

class Events {
 public:
  explicit Events(Core& core) : core_(core) {}
  void start();  // registers the handler of the jobs
  void record(store::Tx& tx, const platform::Request& request, const BucketState& bucket, const Event& event,
              const ObjectRecord& object) const;
  // What the rules of a bucket have to be (PutBucketNotificationConfiguration). Throws InvalidArgument.
  enum class Destinations { kAsk, kTrust };  // whether the functions are asked if they may be invoked
  Task<NotificationConfiguration> validated(const platform::Request& request, const BucketState& bucket,
                                            NotificationConfiguration given, Destinations destinations) const;

 private:
  Task<platform::JobOutcome> deliver(const platform::Job& job) const;
  Task<void> invoke(const std::string& function_arn, const Document& payload) const;
  Core& core_;
};

// The JSON text a function receives.
std::string event_message(const platform::Request& request, const BucketState& bucket, const Event& event,
                          const ObjectRecord& object, const std::string& configuration_id);
bool rule_matches(const LambdaFunctionConfiguration& rule, const Event& event);
// Throws InvalidArgument for unknown events, bad filters and rules that overlap.
void require_valid_rules(const std::vector<LambdaFunctionConfiguration>& rules);

}  // namespace haneul::s3
