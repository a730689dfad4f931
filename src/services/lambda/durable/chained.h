// Chained invocations: a function that an execution invokes and waits for without running. The invocation is
// a job written with the checkpoint; it is made as the role of the execution's function, at least once. A
// durable function's answer is the end of its own execution, which is told to the one that waits for it.
// https://docs.aws.amazon.com/lambda/latest/dg/durable-execution-sdk.html
#pragma once

#include "services/lambda/durable/engine.h"

namespace haneul::lambda {

Document chained_payload(const ExecutionRef& ref, const std::string& operation);
// Puts the outcome into the operation of the execution that waits; nothing when it no longer does.
void complete_chained(Ledger& waiting, const std::string& operation, const Ending& ending, Timestamp at);

class ChainedInvoker {
 public:
  ChainedInvoker(DurableParts& parts, DurableEngine& engine) : parts_(parts), engine_(engine) {}
  Task<platform::JobOutcome> run(const platform::Job& job);

 private:
  struct Call;  // one chained invocation
  std::optional<Call> find(const platform::Job& job);
  Task<void> invoke(const Call& call);
  Task<void> invoke_plain(const Call& call, const platform::CallContext& context);
  Task<void> begin_durable(const Call& call, const platform::CallContext& context, Resolved target);
  platform::CallContext context_of(const Call& call);
  void complete(const Call& call, const Ending& ending);
  void tell_of(const Call& call, const ExecutionRef& child);

  DurableParts& parts_;
  DurableEngine& engine_;
};

}  // namespace haneul::lambda
