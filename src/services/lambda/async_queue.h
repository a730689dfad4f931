// AsyncQueue: events that were accepted (202) and are still to be run. An event is a job, written in the
// transaction before the answer; it runs at least once. Errors of the function are retried twice (after one
// and two minutes), throttles and failures of ours for up to six hours with growing pauses; then, as after a
// success, the invocation record goes to the destination that is configured.
// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
// Invariant: an event ends by success, by its last retry, by its age or with its function; never silently
// before. Thread rule: enqueue in any transaction; the rest by Jobs.
#pragma once

#include "services/lambda/core.h"

namespace haneul::lambda {

struct AsyncEvent {
  FunctionRef ref;
  std::string request_id, payload, client_context, trace_id;
  Timestamp accepted_at;
};

class AsyncQueue {
 public:
  explicit AsyncQueue(Core& core) : core_(core) {}
  void register_jobs();  // before Jobs::start
  void enqueue(store::Tx& tx, const AsyncEvent& event);

 private:
  struct Progress;  // of one event; the job's payload
  struct Verdict;
  Task<platform::JobOutcome> handle(const platform::Job& job);
  Task<platform::JobOutcome> attempt(Progress progress);
  Task<Verdict> run(const Progress& progress);
  platform::JobOutcome retry_later(Progress progress, Milliseconds delay, const EventConfig& config,
                                   const Verdict& verdict);
  platform::JobOutcome conclude(Progress progress, const EventConfig& config, std::string_view condition,
                                const Verdict& verdict);
  Task<platform::JobOutcome> deliver(Progress progress, std::string id);
  EventConfig config_of(const FunctionRef& ref);

  Core& core_;
};

// Lambda's pause before the next try of an event that could not be run: 1 s, doubled up to 5 minutes.
Milliseconds backoff_delay(int64_t tries);

// The same less up to a half of it: events that were throttled together do not come again together, when
// most of them would only be throttled once more.
Milliseconds spread_delay(int64_t tries, Random& dice);

}  // namespace haneul::lambda
