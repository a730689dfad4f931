#include "services/lambda/durable/history.h"

namespace haneul::lambda {

namespace {

EventResult result_of(const std::optional<std::string>& payload) {
  return {.payload = payload, .truncated = false};
}
EventError error_of(const std::optional<ErrorObject>& error) {
  return {.payload = error.value_or(ErrorObject{}), .truncated = false};
}

Event event_of(const OperationRecord& operation, const char* type) {
  Event out;
  out.event_type = type;
  out.sub_type = operation.shown.sub_type;
  out.id = operation.shown.id;
  out.name = operation.shown.name;
  out.parent_id = operation.shown.parent_id;
  return out;
}

Event event_of(const ExecutionRecord& head, const char* type) {
  Event out;
  out.event_type = type;
  out.id = head.ref.id;
  out.name = head.ref.name;
  return out;
}

Event step_ended(const OperationRecord& operation) {
  const StepDetails details = operation.shown.step_details.value_or(StepDetails{});
  const RetryDetails retry{.current_attempt = details.attempt, .next_attempt_delay_seconds = {}};
  if (operation.shown.status == "SUCCEEDED") {
    Event out = event_of(operation, "StepSucceeded");
    out.step_succeeded_details =
        StepSucceededDetails{.result = result_of(details.result), .retry_details = retry};
    return out;
  }
  Event out = event_of(operation, "StepFailed");
  out.step_failed_details = StepFailedDetails{.error = error_of(details.error), .retry_details = retry};
  return out;
}

Event context_ended(const OperationRecord& operation) {
  const ContextDetails details = operation.shown.context_details.value_or(ContextDetails{});
  if (operation.shown.status == "SUCCEEDED") {
    Event out = event_of(operation, "ContextSucceeded");
    out.context_succeeded_details = ContextSucceededDetails{.result = result_of(details.result)};
    return out;
  }
  Event out = event_of(operation, "ContextFailed");
  out.context_failed_details = ContextFailedDetails{.error = error_of(details.error)};
  return out;
}

Event wait_ended(const OperationRecord& operation) {
  if (operation.shown.status == "SUCCEEDED") {
    Event out = event_of(operation, "WaitSucceeded");
    out.wait_succeeded_details = WaitSucceededDetails{.duration = operation.wait_seconds};
    return out;
  }
  Event out = event_of(operation, "WaitCancelled");
  out.wait_cancelled_details = WaitCancelledDetails{};
  return out;
}

Event callback_ended(const OperationRecord& operation) {
  const CallbackDetails details = operation.shown.callback_details.value_or(CallbackDetails{});
  if (operation.shown.status == "SUCCEEDED") {
    Event out = event_of(operation, "CallbackSucceeded");
    out.callback_succeeded_details = CallbackSucceededDetails{.result = result_of(details.result)};
    return out;
  }
  if (operation.shown.status == "TIMED_OUT") {
    Event out = event_of(operation, "CallbackTimedOut");
    out.callback_timed_out_details = CallbackTimedOutDetails{.error = error_of(details.error)};
    return out;
  }
  Event out = event_of(operation, "CallbackFailed");
  out.callback_failed_details = CallbackFailedDetails{.error = error_of(details.error)};
  return out;
}

Event chained_ended(const OperationRecord& operation) {
  const ChainedInvokeDetails details =
      operation.shown.chained_invoke_details.value_or(ChainedInvokeDetails{});
  const std::string& status = operation.shown.status;
  if (status == "SUCCEEDED") {
    Event out = event_of(operation, "ChainedInvokeSucceeded");
    out.chained_invoke_succeeded_details = ChainedInvokeSucceededDetails{.result = result_of(details.result)};
    return out;
  }
  if (status == "TIMED_OUT") {
    Event out = event_of(operation, "ChainedInvokeTimedOut");
    out.chained_invoke_timed_out_details = ChainedInvokeTimedOutDetails{.error = error_of(details.error)};
    return out;
  }
  if (status == "STOPPED") {
    Event out = event_of(operation, "ChainedInvokeStopped");
    out.chained_invoke_stopped_details = ChainedInvokeStoppedDetails{.error = error_of(details.error)};
    return out;
  }
  Event out = event_of(operation, "ChainedInvokeFailed");
  out.chained_invoke_failed_details = ChainedInvokeFailedDetails{.error = error_of(details.error)};
  return out;
}

template <class Details, class Leave>
void leave_out(std::optional<Details>& details, Leave leave) {
  if (details) leave(*details);
}

}  // namespace

Event execution_started(const ExecutionRecord& head) {
  Event out = event_of(head, "ExecutionStarted");
  out.execution_started_details =
      ExecutionStartedDetails{.input = {}, .execution_timeout = head.config.timeout_seconds};
  return out;
}

Event execution_ended(const ExecutionRecord& head) {
  if (head.status == "SUCCEEDED") {
    Event out = event_of(head, "ExecutionSucceeded");
    out.execution_succeeded_details = ExecutionSucceededDetails{};
    return out;
  }
  if (head.status == "TIMED_OUT") {
    Event out = event_of(head, "ExecutionTimedOut");
    out.execution_timed_out_details = ExecutionTimedOutDetails{.error = error_of(head.error)};
    return out;
  }
  if (head.status == "STOPPED") {
    Event out = event_of(head, "ExecutionStopped");
    out.execution_stopped_details = ExecutionStoppedDetails{.error = error_of(head.error)};
    return out;
  }
  Event out = event_of(head, "ExecutionFailed");
  out.execution_failed_details = ExecutionFailedDetails{.error = error_of(head.error)};
  return out;
}

Event invocation_completed(const Invoked& invoked) {
  Event out;
  out.event_type = "InvocationCompleted";
  InvocationCompletedDetails details{.start_timestamp = invoked.began_at,
                                     .end_timestamp = invoked.ended_at,
                                     .request_id = invoked.request_id,
                                     .error = {}};
  if (invoked.error) details.error = error_of(invoked.error);
  out.invocation_completed_details = std::move(details);
  return out;
}

Event operation_started(const OperationRecord& operation) {
  const std::string& type = operation.shown.type;
  if (type == "CONTEXT") {
    Event out = event_of(operation, "ContextStarted");
    out.context_started_details = ContextStartedDetails{};
    return out;
  }
  if (type == "WAIT") {
    Event out = event_of(operation, "WaitStarted");
    out.wait_started_details = WaitStartedDetails{
        .duration = operation.wait_seconds,
        .scheduled_end_timestamp = operation.shown.wait_details->scheduled_end_timestamp.value()};
    return out;
  }
  if (type == "CALLBACK") {
    Event out = event_of(operation, "CallbackStarted");
    CallbackStartedDetails details{.callback_id = operation.shown.callback_details->callback_id.value(),
                                   .heartbeat_timeout = {},
                                   .timeout = {}};
    if (operation.heartbeat_seconds > 0) details.heartbeat_timeout = operation.heartbeat_seconds;
    if (operation.callback_due > Timestamp()) {
      const auto timeout = operation.callback_due - operation.shown.start_timestamp;
      details.timeout = static_cast<int32_t>(std::chrono::duration_cast<Seconds>(timeout).count());
    }
    out.callback_started_details = std::move(details);
    return out;
  }
  if (type == "CHAINED_INVOKE") {
    Event out = event_of(operation, "ChainedInvokeStarted");
    ChainedInvokeStartedDetails details;
    details.function_name = operation.target;
    details.input = EventInput{.payload = operation.input, .truncated = false};
    out.chained_invoke_started_details = std::move(details);
    return out;
  }
  Event out = event_of(operation, "StepStarted");
  out.step_started_details = StepStartedDetails{};
  return out;
}

Event operation_ended(const OperationRecord& operation) {
  const std::string& type = operation.shown.type;
  if (type == "CONTEXT") return context_ended(operation);
  if (type == "WAIT") return wait_ended(operation);
  if (type == "CALLBACK") return callback_ended(operation);
  if (type == "CHAINED_INVOKE") return chained_ended(operation);
  return step_ended(operation);
}

Event step_retried(const OperationRecord& operation, int64_t delay_seconds) {
  const StepDetails details = operation.shown.step_details.value_or(StepDetails{});
  const RetryDetails retry{.current_attempt = details.attempt, .next_attempt_delay_seconds = delay_seconds};
  if (details.error) {
    Event out = event_of(operation, "StepFailed");
    out.step_failed_details = StepFailedDetails{.error = error_of(details.error), .retry_details = retry};
    return out;
  }
  Event out = event_of(operation, "StepSucceeded");
  out.step_succeeded_details =
      StepSucceededDetails{.result = result_of(details.result), .retry_details = retry};
  return out;
}

Event shown_event(Event event, ExecutionData data) {
  if (data == ExecutionData::kIncluded) return event;
  const auto leave = [](auto& member) {
    member.payload.reset();
    member.truncated = true;
  };
  const auto result = [&](auto& details) { leave(details.result); };
  const auto error = [&](auto& details) { leave(details.error); };
  const auto maybe_error = [&](auto& details) {
    if (details.error) leave(*details.error);
  };
  leave_out(event.execution_started_details, [&](auto& details) { leave(details.input); });
  leave_out(event.execution_succeeded_details, result);
  leave_out(event.execution_failed_details, error);
  leave_out(event.execution_timed_out_details, maybe_error);
  leave_out(event.execution_stopped_details, error);
  leave_out(event.context_succeeded_details, result);
  leave_out(event.context_failed_details, error);
  leave_out(event.step_succeeded_details, result);
  leave_out(event.step_failed_details, error);
  leave_out(event.callback_succeeded_details, result);
  leave_out(event.callback_failed_details, error);
  leave_out(event.callback_timed_out_details, error);
  leave_out(event.chained_invoke_started_details, [&](auto& details) {
    if (details.input) leave(*details.input);
  });
  leave_out(event.chained_invoke_succeeded_details, result);
  leave_out(event.chained_invoke_failed_details, error);
  leave_out(event.chained_invoke_timed_out_details, error);
  leave_out(event.chained_invoke_stopped_details, error);
  leave_out(event.invocation_completed_details, maybe_error);
  return event;
}

}  // namespace haneul::lambda
