// Poller: what reads one mapping's source while the mapping is enabled: a root coroutine on one executor,
// with the coroutines it spawns there. A poller never moves: another one is made when the mapping changes.
//
// Invariant: after stop() returned, nothing of the poller reads, runs or writes any more.
// Thread rule: start() and stop() from any executor's thread, everything else on the poller's own.
#pragma once

#include <atomic>
#include <memory>
#include <set>

#include "base/task/wakeup.h"
#include "services/lambda/mappings/batch_run.h"
#include "services/lambda/mappings/checkpoints.h"
#include "services/lambda/mappings/filter.h"
#include "services/lambda/mappings/source_access.h"

namespace haneul::lambda {

struct PollerParts {
  Core& core;
  const platform::EventSources& sources;
  MappingRecord mapping;
  Executor& executor;
};

class Poller : public std::enable_shared_from_this<Poller> {
 public:
  explicit Poller(PollerParts parts);
  virtual ~Poller() = default;
  void start();
  void request_stop();                     // does not wait
  Task<bool> stop(Milliseconds patience);  // whether it ended in time

  Core& core() { return parts_.core; }
  const MappingRecord& mapping() const { return parts_.mapping; }
  const RecordFilter& filter() const { return filter_; }
  const Checkpoints& checkpoints() const { return checkpoints_; }
  SourceAccess& access() { return access_; }
  Timestamp now() const { return parts_.core.clock.now(); }
  bool is_stopping() const { return stopping_.load(std::memory_order_relaxed); }

  // Ends early when the poller is asked to stop, or the wakeup is woken.
  Task<void> sleep(Wakeup& wakeup, Milliseconds at_most);
  Task<void> sleep(Milliseconds at_most);
  // Runs a coroutine of the poller on its executor; the root waits for all of them.
  void run_beside(const char* name, Task<void> task);
  // The last processing result of a stream's mapping; written when it changes.
  void note_result(const std::string& text);

 protected:
  virtual Task<void> poll() = 0;  // until is_stopping()
  const PollerParts& parts() const { return parts_; }
  size_t running() const { return running_; }

 private:
  Task<void> root();
  Task<void> guard(const char* name, Task<void> task);

  PollerParts parts_;
  RecordFilter filter_;
  Checkpoints checkpoints_;
  SourceAccess access_;
  std::atomic<bool> stopping_ = false;
  std::set<Wakeup*> sleepers_;
  size_t running_ = 0;
  Wakeup idle_;  // woken when a coroutine beside the root ends
  std::string result_;
  std::atomic<bool> has_ended_ = false;
};

// The pause after the n-th failure in a row (from 1), with growing lengths up to a minute.
Milliseconds trouble_pause(int64_t failures);

}  // namespace haneul::lambda
