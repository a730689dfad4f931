// The events of an execution's history. https://docs.aws.amazon.com/lambda/latest/api/API_Event.html
// Input and result of the execution itself are not kept a second time; shown_event() adds them.
#pragma once

#include "services/lambda/durable/record.h"

namespace haneul::lambda {

Event execution_started(const ExecutionRecord& head);
Event execution_ended(const ExecutionRecord& head);  // by its status

struct Invoked {
  Timestamp began_at, ended_at;
  std::string request_id;
  std::optional<ErrorObject> error;
};
Event invocation_completed(const Invoked& invoked);

// Of an operation in the state that it just reached.
Event operation_started(const OperationRecord& operation);
Event operation_ended(const OperationRecord& operation);
// An attempt of a step that is followed by another one.
Event step_retried(const OperationRecord& operation, int64_t delay_seconds);

// Without the data that was given and returned, unless it is asked for.
enum class ExecutionData { kIncluded, kLeftOut };
Event shown_event(Event event, ExecutionData data);

}  // namespace haneul::lambda
