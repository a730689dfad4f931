// DurableEngine: begins durable executions and runs them. A run is an invocation of the function with the
// state of the execution; it ends the execution, or leaves it waiting for operations whose end begins the
// next run. Runs are jobs, so an execution goes on after a crash where its last checkpoint left it.
// https://docs.aws.amazon.com/lambda/latest/dg/durable-functions.html
// Invariants: one run of an execution at a time, each with a token of its own; an execution is durable
// before it is answered for, and what a run begins with is durable before the function sees it.
#pragma once

#include "compute/invocation.h"
#include "services/lambda/durable/history.h"
#include "services/lambda/durable/ledger.h"

namespace haneul::lambda {

struct DurableStart {
  Resolved resolved;
  compute::Invocation invocation;
  std::optional<std::string> name;
  int64_t result_bytes_max = kAsyncResultBytesMax;
  std::string parent, parent_operation;  // of a chained execution
};

class DurableEngine final : public DurableRunner {
 public:
  explicit DurableEngine(Core& core) : parts_{core} {}
  void register_jobs();  // before Jobs::start
  DurableParts& parts() { return parts_; }

  // A new execution, or that of the same name and input. Durable on return.
  Task<ExecutionRecord> start(DurableStart start);
  struct Ended {
    ExecutionRecord head;
    compute::InvokeResult result;
  };
  // Begins one and waits for its end.
  Task<Ended> run_to_end(DurableStart start);
  Task<compute::InvokeResult> run_durable(Resolved resolved, compute::Invocation invocation) override;

 private:
  struct Run;  // one invocation
  Task<platform::JobOutcome> run(const platform::Job& job);
  std::optional<Run> begin(const platform::Job& job);
  Task<compute::InvokeResult> invoke(const Run& run);
  platform::JobOutcome settle(const Run& run, const compute::InvokeResult& result, const platform::Job& job);
  platform::JobOutcome conclude(Ledger& ledger, Invoked invoked, const std::string& payload,
                                const platform::Job& job);
  platform::JobOutcome run_again(const platform::Job& job) const;
  void give_up(const Run& run, ErrorObject error);

  DurableParts parts_;
};

// Refuses what cannot be invoked durably: without a qualifier, or, by those who wait, for too long.
enum class CallerWaits { kNo, kYes };
void require_durable_call(const Resolved& resolved, CallerWaits waits);

}  // namespace haneul::lambda
