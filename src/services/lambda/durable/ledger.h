// Ledger: one execution in a write transaction: its head, its operations, its history, the timers and runs
// that follow from them. What is done to an execution is done here, so that its rows, its jobs and its list
// row change together. save() at the end of the body.
// Invariant: an operation that ended does not change again, and an execution that ended does not run again.
#pragma once

#include <optional>

#include "services/lambda/core.h"
#include "services/lambda/durable/bell.h"
#include "services/lambda/durable/record.h"

namespace haneul::lambda {

inline constexpr const char* kDurableRunJob = "lambda.durable-run";
inline constexpr const char* kDurableTimerJob = "lambda.durable-timer";
inline constexpr const char* kDurableInvokeJob = "lambda.durable-invoke";
inline constexpr const char* kDurablePurgeJob = "lambda.durable-purge";

// What ledgers and those who use them share.
struct DurableParts {
  Core& core;
  std::shared_ptr<EndBell> bell = std::make_shared<EndBell>();
};

struct Ending {
  std::string status;  // SUCCEEDED, FAILED, TIMED_OUT or STOPPED
  std::optional<std::string> result = {};
  std::optional<ErrorObject> error = {};
};

std::optional<ExecutionRecord> find_execution(store::Reader& tx, const Place& place, std::string_view id);
std::optional<OperationRecord> find_operation(store::Reader& tx, const ExecutionRef& ref,
                                              std::string_view operation);
std::optional<std::string> find_data(store::Reader& tx, const ExecutionRef& ref, std::string_view what);
// An execution as the payload of its jobs.
Document job_payload(const ExecutionRef& ref);

class Ledger {
 public:
  static std::optional<Ledger> open(DurableParts& parts, store::Tx& tx, const Place& place,
                                    std::string_view id);
  // A new one, with its first event and its first run.
  static Ledger begin(DurableParts& parts, store::Tx& tx, ExecutionRecord head, std::string input);

  ExecutionRecord head;
  void save();

  std::optional<OperationRecord> find(std::string_view operation);
  OperationRecord& add(OperationRecord& operation);  // gives it its number
  void put(const OperationRecord& operation);        // and notes that it changed
  void put_quietly(const OperationRecord& operation);
  void note(Event event, Timestamp at);  // gives it its number

  void set_timer(const std::string& operation, Timestamp due);
  void clear_timer(const std::string& operation);
  void await(const std::string& operation);  // its end begins a run
  // The operation came to its end, or is ready: what waits for it goes on.
  void settle(OperationRecord& operation, std::string_view status, Timestamp at);
  void wake(Timestamp at);  // a run, unless one is due or under way: that one sees what changed
  void end(Ending ending, Timestamp at);

  store::Tx& tx() { return tx_; }
  DurableParts& parts() { return parts_; }

 private:
  Ledger(DurableParts& parts, store::Tx& tx, ExecutionRecord record)
      : head(std::move(record)), parts_(parts), tx_(tx) {}
  void put_listed();
  void tell_parent(const Ending& ending, Timestamp at);

  DurableParts& parts_;
  store::Tx& tx_;
};

}  // namespace haneul::lambda
