#include "services/lambda/durable/checkpoint.h"

#include <fmt/format.h>

#include "aws/arn.h"
#include "gen/lambda/errors.h"
#include "services/lambda/durable/chained.h"
#include "services/lambda/durable/history.h"
#include "services/lambda/durable/timers.h"
#include "services/lambda/durable/update_rules.h"

namespace haneul::lambda {

namespace {

class Applier {
 public:
  Applier(Ledger& ledger, const platform::Request& request) : ledger_(ledger), request_(request) {}

  void apply(const OperationUpdate& update) {
    require_sizes(update);
    const size_t bytes = (update.payload ? update.payload->size() : 0) + error_bytes(update.error);
    ledger_.head.bytes += static_cast<int64_t>(bytes);
    if (ledger_.head.bytes > kWrittenBytesMax) {
      refuse_update(fmt::format("The execution has written more than {} bytes.", kWrittenBytesMax));
    }
    if (update.type == "EXECUTION") return apply_execution(update);
    std::optional<OperationRecord> known = ledger_.find(update.id);
    require_consistent(update, known);
    require_parent(update);
    require_transition(update, known);
    OperationRecord operation = known ? *std::move(known) : begin(update);
    if (update.type == "STEP") apply_step(update, operation);
    if (update.type == "CONTEXT") apply_context(update, operation);
    if (update.type == "WAIT") apply_wait(update, operation);
    if (update.type == "CALLBACK") apply_callback(update, operation);
    if (update.type == "CHAINED_INVOKE") apply_chained(update, operation);
  }

 private:
  OperationRecord begin(const OperationUpdate& update) {
    if (ledger_.head.operations > kOperationsMax)
      refuse_update(fmt::format("The execution has reached the maximum of {} operations.", kOperationsMax));
    OperationRecord out;
    out.shown.id = update.id;
    out.shown.type = update.type;
    out.shown.parent_id = update.parent_id;
    out.shown.name = update.name;
    out.shown.sub_type = update.sub_type;
    out.shown.start_timestamp = request_.now;
    out.shown.status = "STARTED";
    return ledger_.add(out);
  }

  void require_parent(const OperationUpdate& update) {
    if (!update.parent_id) return;
    const auto parent = ledger_.find(*update.parent_id);
    if (!parent || parent->shown.type != "CONTEXT") refuse_update("Invalid parent operation id.");
  }

  void apply_execution(const OperationUpdate& update) {
    require_transition(update, {});
    const int64_t bytes_max = ledger_.head.result_bytes_max;
    if (update.payload && update.payload->size() > static_cast<size_t>(bytes_max))
      refuse_update(result_too_large(bytes_max));
    const bool is_ok = update.action == "SUCCEED";
    ledger_.end({.status = is_ok ? "SUCCEEDED" : "FAILED", .result = update.payload, .error = update.error},
                request_.now);
  }

  void end(OperationRecord& operation, std::string_view status) {
    ledger_.settle(operation, status, request_.now);
    ledger_.note(operation_ended(operation), request_.now);
  }

  void apply_step(const OperationUpdate& update, OperationRecord& operation) {
    if (update.action == "START") {
      operation.shown.status = "STARTED";
      ledger_.put(operation);
      return ledger_.note(operation_started(operation), request_.now);
    }
    if (!operation.shown.step_details) operation.shown.step_details.emplace();
    StepDetails& details = *operation.shown.step_details;
    details.attempt = details.attempt.value_or(0) + 1;
    details.result = update.payload;
    details.error = update.error;
    details.next_attempt_timestamp.reset();
    if (update.action != "RETRY") return end(operation, update.action == "FAIL" ? "FAILED" : "SUCCEEDED");
    const int32_t delay = update.step_options->next_attempt_delay_seconds.value();
    details.next_attempt_timestamp = request_.now + Seconds(delay);
    operation.shown.status = "PENDING";
    ledger_.put(operation);
    ledger_.await(operation.shown.id);
    ledger_.set_timer(operation.shown.id, *details.next_attempt_timestamp);
    ledger_.note(step_retried(operation, delay), request_.now);
  }

  void apply_context(const OperationUpdate& update, OperationRecord& operation) {
    if (!operation.shown.context_details) operation.shown.context_details.emplace();
    ContextDetails& details = *operation.shown.context_details;
    if (update.context_options && update.context_options->replay_children)
      details.replay_children = update.context_options->replay_children;
    if (update.action == "START") {
      ledger_.put(operation);
      return ledger_.note(operation_started(operation), request_.now);
    }
    details.result = update.payload;
    details.error = update.error;
    end(operation, update.action == "FAIL" ? "FAILED" : "SUCCEEDED");
  }

  void apply_wait(const OperationUpdate& update, OperationRecord& operation) {
    if (update.action == "CANCEL") return end(operation, "CANCELLED");
    operation.wait_seconds = update.wait_options->wait_seconds.value();
    const Timestamp due = request_.now + Seconds(operation.wait_seconds);
    operation.shown.wait_details = WaitDetails{.scheduled_end_timestamp = due};
    open(operation);
    ledger_.set_timer(operation.shown.id, due);
  }

  void apply_callback(const OperationUpdate& update, OperationRecord& operation) {
    // There is no event for a callback that is given up.
    if (update.action == "CANCEL") return ledger_.settle(operation, "CANCELLED", request_.now);
    const ExecutionRef& ref = ledger_.head.ref;
    operation.shown.callback_details.emplace();
    operation.shown.callback_details->callback_id = make_callback_id(
        {.place = ref.place, .execution = ref.id, .operation = update.id}, ledger_.parts().core.random);
    const CallbackOptions options = update.callback_options.value_or(CallbackOptions{});
    const int32_t timeout = options.timeout_seconds.value_or(0);
    operation.heartbeat_seconds = options.heartbeat_timeout_seconds.value_or(0);
    if (timeout > 0) operation.callback_due = request_.now + Seconds(timeout);
    if (operation.heartbeat_seconds > 0)
      operation.heartbeat_due = request_.now + Seconds(operation.heartbeat_seconds);
    open(operation);
    if (const auto due = due_of(operation)) ledger_.set_timer(operation.shown.id, *due);
  }

  void apply_chained(const OperationUpdate& update, OperationRecord& operation) {
    if (update.action == "CANCEL") return ledger_.settle(operation, "CANCELLED", request_.now);
    const ChainedInvokeOptions& options = *update.chained_invoke_options;
    require_near(options.function_name);
    operation.target = parse_function(request_, options.function_name).qualified_arn();
    operation.input = update.payload.value_or("{}");
    operation.trace = options.x_amzn_trace_id.value_or("");
    operation.started_event = ledger_.head.events + 1;
    open(operation);
    ledger_.parts().core.jobs.add(ledger_.tx(), kDurableInvokeJob, request_.now,
                                  chained_payload(ledger_.head.ref, update.id));
  }

  void require_near(const std::string& function) {
    const auto arn = aws::parse_arn(function);
    if (!arn) return;
    const Place& place = ledger_.head.ref.place;
    if (arn->account != place.account.str())
      refuse_update("Cannot start a CHAINED_INVOKE on a function in another account.");
    if (arn->region != place.region.str())
      refuse_update("Cannot start a CHAINED_INVOKE on a function in another region.");
  }

  void open(OperationRecord& operation) {
    ledger_.put(operation);
    ledger_.await(operation.shown.id);
    ledger_.note(operation_started(operation), request_.now);
  }

  Ledger& ledger_;
  const platform::Request& request_;
};

}  // namespace

void apply_updates(Ledger& ledger, const platform::Request& request,
                   const std::vector<OperationUpdate>& updates) {
  require_batch(updates);
  Applier applier(ledger, request);
  for (const OperationUpdate& update : updates) applier.apply(update);
}

}  // namespace haneul::lambda
