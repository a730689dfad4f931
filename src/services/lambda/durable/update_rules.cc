#include "services/lambda/durable/update_rules.h"

#include <map>

#include <fmt/format.h>

#include "base/json.h"
#include "gen/lambda/errors.h"
#include "model/binding.h"

namespace haneul::lambda {

namespace {

bool is_end(std::string_view action) { return action == "SUCCEED" || action == "FAIL"; }

void require_one_outcome(const OperationUpdate& update) {
  if (update.action == "FAIL" && update.payload) refuse_update("Cannot provide a Payload for FAIL action.");
  if (update.action == "SUCCEED" && update.error)
    refuse_update("Cannot provide an Error for SUCCEED action.");
}

// Waits, callbacks and chained invocations: begun by the function, ended by others, or given up.
void require_begun(const OperationUpdate& update, const std::optional<OperationRecord>& known) {
  if (update.action == "START") {
    if (known) refuse_update(fmt::format("Cannot start a {} that already exists.", update.type));
    return;
  }
  if (update.action != "CANCEL") refuse_update("Invalid action for the given operation type.");
  if (!known || known->shown.status != "STARTED") {
    refuse_update(
        fmt::format("Cannot cancel a {} that does not exist or has already completed.", update.type));
  }
}

void require_context(const OperationUpdate& update, const std::optional<OperationRecord>& known) {
  if (update.action == "START") {
    if (known) refuse_update("Cannot start a CONTEXT that already exists.");
    return;
  }
  if (!is_end(update.action)) refuse_update("Invalid action for the given operation type.");
  if (known && known->shown.status != "STARTED") refuse_update("Invalid current CONTEXT state to close.");
  require_one_outcome(update);
}

void require_step(const OperationUpdate& update, const std::optional<OperationRecord>& known) {
  const std::string status = known ? known->shown.status : "";
  const bool is_open = !known || status == "STARTED" || status == "READY";
  if (update.action == "START") {
    if (known && status != "READY") refuse_update("Invalid current STEP state to start.");
    return;
  }
  if (is_end(update.action)) {
    if (!is_open) refuse_update("Invalid current STEP state to close.");
    return require_one_outcome(update);
  }
  if (update.action != "RETRY") refuse_update("Invalid action for the given operation type.");
  if (!is_open) refuse_update("Invalid current STEP state to re-attempt.");
  if (!update.step_options || !update.step_options->next_attempt_delay_seconds)
    refuse_update("Invalid StepOptions for the given action.");
  if (update.error && update.payload) refuse_update("Cannot provide both error and payload to RETRY a STEP.");
}

void require_options(const OperationUpdate& update) {
  if (update.action != "START") return;
  if (update.type == "WAIT" && (!update.wait_options || !update.wait_options->wait_seconds))
    refuse_update("Update for WAIT operation requires WaitOptions.");
  if (update.type == "CHAINED_INVOKE" && !update.chained_invoke_options)
    refuse_update("Update for CHAINED_INVOKE operation requires ChainedInvokeOptions.");
}

}  // namespace

void refuse_update(std::string message) { refuse<InvalidParameterValueException>(std::move(message)); }

void require_batch(const std::vector<OperationUpdate>& updates) {
  std::map<std::string_view, const OperationUpdate*> seen;
  size_t executions = 0;
  for (const OperationUpdate& update : updates) executions += update.type == "EXECUTION" ? 1 : 0;
  if (executions > 1) refuse_update("Cannot checkpoint multiple EXECUTION updates.");
  if (executions == 1 && updates.back().type != "EXECUTION")
    refuse_update("EXECUTION checkpoint must be the last update.");
  for (const OperationUpdate& update : updates) {
    const OperationUpdate*& before = seen[update.id];
    const bool is_pair = before == nullptr || ((before->type == "STEP" || before->type == "CONTEXT") &&
                                               before->action == "START" && update.action != "START");
    if (!is_pair) refuse_update("Cannot update the same operation twice in a single request.");
    before = &update;
  }
}

void require_consistent(const OperationUpdate& update, const std::optional<OperationRecord>& known) {
  if (!known) return;
  if (known->shown.type != update.type) refuse_update("Inconsistent operation type.");
  if (update.parent_id && known->shown.parent_id != update.parent_id)
    refuse_update("Inconsistent parent operation id.");
}

size_t error_bytes(const std::optional<ErrorObject>& error) {
  return error ? write_json(model::unbind(*error)).size() : 0;
}

void require_sizes(const OperationUpdate& update) {
  if (error_bytes(update.error) >= kErrorBytesMax)
    refuse_update(fmt::format("Error object size must be less than {} bytes.", kErrorBytesMax));
  if (update.type == "EXECUTION" || !update.payload) return;
  const bool is_chained = update.type == "CHAINED_INVOKE";
  const size_t bytes_max = is_chained ? kChainedPayloadBytesMax : kOperationPayloadBytesMax;
  if (update.payload->size() <= bytes_max) return;
  refuse_update(fmt::format("{} {}payload size must be less than or equal to {} bytes.", update.type,
                            is_chained ? "input " : "", bytes_max));
}

void require_transition(const OperationUpdate& update, const std::optional<OperationRecord>& known) {
  if (update.type == "STEP") return require_step(update, known);
  if (update.type == "CONTEXT") return require_context(update, known);
  if (update.type == "EXECUTION") {
    if (!is_end(update.action)) refuse_update("Invalid action for the given operation type.");
    return require_one_outcome(update);
  }
  require_begun(update, known);
  require_options(update);
}

std::string result_too_large(int64_t bytes_max) {
  return fmt::format("Execution output payload size must be less than or equal to {} bytes.", bytes_max);
}

}  // namespace haneul::lambda
