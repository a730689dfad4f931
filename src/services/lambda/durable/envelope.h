// What passes between the server and the function of an execution: the event that every invocation begins
// with, and the answer that says whether the execution came to its end.
//
//   {"DurableExecutionArn", "CheckpointToken", "UpdatedOperationIds": [...],
//    "InitialExecutionState": {"Operations": [...], "NextMarker"}}
//   {"Status": "SUCCEEDED"|"FAILED"|"PENDING", "Result", "Error"}
#pragma once

#include <expected>

#include "services/lambda/durable/ledger.h"

namespace haneul::lambda {

// The operations that a replay needs, in the order of their starts: not what stands below a context that is
// done and does not replay.
struct StatePage {
  std::vector<Operation> operations;
  std::optional<int64_t> next;  // the number to go on with
};
StatePage read_state(store::Reader& tx, const ExecutionRef& ref, int64_t from, size_t items_max);

std::string state_marker(const ExecutionRef& ref, int64_t number);
std::optional<int64_t> open_state_marker(const ExecutionRef& ref, std::string_view marker);

std::string make_event(store::Reader& tx, const ExecutionRecord& head);

struct FunctionAnswer {
  std::string status;  // SUCCEEDED, FAILED or PENDING
  std::optional<std::string> result;
  std::optional<ErrorObject> error;
};
// Or what is wrong about the answer to a run of this execution.
std::expected<FunctionAnswer, std::string> read_answer(const ExecutionRecord& head,
                                                       const std::string& payload);

// {"errorType", "errorMessage", "stackTrace"} as an error of the API, and back.
ErrorObject error_of_function(const std::string& payload);
std::string function_error(const ErrorObject& error);

}  // namespace haneul::lambda
