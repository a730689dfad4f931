// What the updates of one checkpoint may be, beside each other and for the operations that are there.
// https://docs.aws.amazon.com/lambda/latest/api/API_CheckpointDurableExecution.html
// All throw InvalidParameterValueException with AWS's words.
#pragma once

#include "services/lambda/durable/record.h"

namespace haneul::lambda {

[[noreturn]] void refuse_update(std::string message);

// One EXECUTION update at most, the last; no operation twice, save a start and its end.
void require_batch(const std::vector<OperationUpdate>& updates);
// Kind and parent are what they were; data is within its limits.
void require_consistent(const OperationUpdate& update, const std::optional<OperationRecord>& known);
void require_sizes(const OperationUpdate& update);
// The action fits the kind and the state.
void require_transition(const OperationUpdate& update, const std::optional<OperationRecord>& known);
std::string result_too_large(int64_t bytes_max);

size_t error_bytes(const std::optional<ErrorObject>& error);

}  // namespace haneul::lambda
