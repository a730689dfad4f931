// What a checkpoint does to an execution: each update is checked against the state that the ones before it
// left, and applied. https://docs.aws.amazon.com/lambda/latest/api/API_OperationUpdate.html
// Throws InvalidParameterValueException, which undoes the whole checkpoint with its transaction.
#pragma once

#include "platform/request.h"
#include "services/lambda/durable/ledger.h"

namespace haneul::lambda {

void apply_updates(Ledger& ledger, const platform::Request& request,
                   const std::vector<OperationUpdate>& updates);

}  // namespace haneul::lambda
