// The clocks of an execution: waits, pauses before the next attempt of a step, the two deadlines of a
// callback, and the execution's own timeout. Each is a job that was written with its cause.
#pragma once

#include "services/lambda/durable/ledger.h"

namespace haneul::lambda {

// When the operation is due next; nothing when it waits for no time.
std::optional<Timestamp> due_of(const OperationRecord& operation);
// Does what is due by now; sets the timer again when it was put off meanwhile.
void fire_timer(Ledger& ledger, const std::string& operation, Timestamp now);
// Of every operation: a function that looks at the very moment sees that it has come.
void fire_due(Ledger& ledger, Timestamp now);

platform::JobOutcome run_timer(DurableParts& parts, const platform::Job& job);

}  // namespace haneul::lambda
