// What is kept of executions that ended, and how long: their rows go when their time is up, or with their
// function.
#pragma once

#include "services/lambda/durable/ledger.h"

namespace haneul::lambda {

inline constexpr const char* kDurableForgetJob = "lambda.durable-forget";

// Jobs: of one execution, and of all of a function that is deleted. Those that run still are stopped first.
platform::JobOutcome purge_execution(DurableParts& parts, const platform::Job& job);
platform::JobOutcome forget_executions(DurableParts& parts, const platform::Job& job);

// With the deletion of a function.
void add_forget_job(store::Tx& tx, const Core& core, const FunctionRef& ref, const FunctionRecord& function);

}  // namespace haneul::lambda
