// How the operations on executions find them, and what they need to be allowed.
#pragma once

#include "services/lambda/durable/ledger.h"

namespace haneul::lambda {

// The execution's own ARN is what is authorised, by the account that it is of.
platform::AccessChecks execution_check(const std::string& action, const std::string& arn);

// The reference, when it is of the request's account and region.
std::optional<ExecutionRef> near_execution(const platform::Request& request, const std::string& arn);
ExecutionRef require_near_execution(const platform::Request& request, const std::string& arn);
ExecutionRecord require_execution(store::Reader& tx, const ExecutionRef& ref);
[[noreturn]] void refuse_missing_execution();

size_t page_size(const std::optional<int32_t>& asked);

}  // namespace haneul::lambda
