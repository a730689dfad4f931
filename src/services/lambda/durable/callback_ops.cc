// What ends a callback, or keeps it alive, from outside of the function.
// https://docs.aws.amazon.com/lambda/latest/api/API_SendDurableExecutionCallbackSuccess.html
#include <fmt/format.h>

#include "base/text.h"
#include "gen/lambda/errors.h"
#include "services/lambda/durable/history.h"
#include "services/lambda/durable/keys.h"
#include "services/lambda/durable/lookup.h"
#include "services/lambda/durable/ops.h"
#include "services/lambda/durable/timers.h"
#include "services/lambda/durable/update_rules.h"

namespace haneul::lambda {

namespace {

[[noreturn]] void refuse_callback_id() { refuse<InvalidParameterValueException>("Invalid callback id"); }

CallbackRef require_callback_ref(const platform::Request& request, const std::string& id) {
  auto ref = parse_callback_id(id);
  if (!ref || ref->place.account != request.account || ref->place.region != request.region)
    refuse_callback_id();
  return *std::move(ref);
}

// The callback that still waits.
OperationRecord require_callback(Ledger& ledger, const CallbackRef& ref, const std::string& id) {
  auto operation = ledger.find(ref.operation);
  if (!operation || !operation->shown.callback_details ||
      operation->shown.callback_details->callback_id != id)
    refuse_callback_id();
  if (!ledger.head.is_running() || operation->shown.status != "STARTED") {
    refuse<CallbackTimeoutException>(
        "The callback ID token has either expired or the callback associated with the token has already "
        "been closed.");
  }
  return *std::move(operation);
}

template <class Change>
void change_callback(DurableParts& parts, const platform::Request& request, const std::string& id,
                     Change change) {
  const CallbackRef ref = require_callback_ref(request, id);
  parts.core.db.write(keys::durable_scope(ref.place, ref.execution), [&](store::Tx& tx) {
    auto ledger = Ledger::open(parts, tx, ref.place, ref.execution);
    if (!ledger) refuse_missing_execution();
    OperationRecord operation = require_callback(*ledger, ref, id);
    change(*ledger, operation);
    ledger->save();
  });
}

void end_callback(Ledger& ledger, OperationRecord& operation, std::string_view status, Timestamp now) {
  ledger.settle(operation, status, now);
  ledger.note(operation_ended(operation), now);
  ledger.wake(now);
}

}  // namespace

platform::AccessChecks DurableOps::callback_check(const char* action, const std::string& callback_id) const {
  // What leads to no execution is judged as any function, and then told to be no callback.
  std::string arn = "arn:aws:lambda:*:*:function:*";
  if (const auto ref = parse_callback_id(callback_id)) {
    core_.db.read([&](store::ReadTx& tx) {
      if (const auto head = find_execution(tx, ref->place, ref->execution)) arn = head->ref.arn();
    });
  }
  return execution_check(action, arn);
}

void DurableOps::register_callbacks(platform::OperationTable& table) {
  table.add<op::SendDurableExecutionCallbackSuccess>(
      {.access =
           [this](const Request&, const SendDurableExecutionCallbackSuccessInput& in) {
             return callback_check("lambda:SendDurableExecutionCallbackSuccess", in.callback_id);
           },
       .run = platform::bind_run(this, &DurableOps::succeed)});
  table.add<op::SendDurableExecutionCallbackFailure>(
      {.access =
           [this](const Request&, const SendDurableExecutionCallbackFailureInput& in) {
             return callback_check("lambda:SendDurableExecutionCallbackFailure", in.callback_id);
           },
       .run = platform::bind_run(this, &DurableOps::fail)});
  table.add<op::SendDurableExecutionCallbackHeartbeat>(
      {.access =
           [this](const Request&, const SendDurableExecutionCallbackHeartbeatInput& in) {
             return callback_check("lambda:SendDurableExecutionCallbackHeartbeat", in.callback_id);
           },
       .run = platform::bind_run(this, &DurableOps::beat)});
}

SendDurableExecutionCallbackSuccessOutput DurableOps::succeed(
    const Request& request, const SendDurableExecutionCallbackSuccessInput& in) {
  std::optional<std::string> result;
  if (in.result && !in.result->bytes.empty()) result = in.result->bytes;
  if (result && result->size() > kCallbackPayloadBytesMax) {
    refuse_update(fmt::format("Callback result size must be less than or equal to {} bytes.",
                              kCallbackPayloadBytesMax));
  }
  if (result && !is_valid_utf8(*result)) refuse_update("The result of a callback must be a text in UTF-8.");
  change_callback(parts_, request, in.callback_id, [&](Ledger& ledger, OperationRecord& operation) {
    operation.shown.callback_details->result = result;
    end_callback(ledger, operation, "SUCCEEDED", request.now);
  });
  return {};
}

SendDurableExecutionCallbackFailureOutput DurableOps::fail(
    const Request& request, const SendDurableExecutionCallbackFailureInput& in) {
  if (error_bytes(in.error) > kCallbackPayloadBytesMax) {
    refuse_update(
        fmt::format("Error object size must be less than or equal to {} bytes.", kCallbackPayloadBytesMax));
  }
  change_callback(parts_, request, in.callback_id, [&](Ledger& ledger, OperationRecord& operation) {
    operation.shown.callback_details->error = in.error.value_or(ErrorObject{});
    end_callback(ledger, operation, "FAILED", request.now);
  });
  return {};
}

SendDurableExecutionCallbackHeartbeatOutput DurableOps::beat(
    const Request& request, const SendDurableExecutionCallbackHeartbeatInput& in) {
  change_callback(parts_, request, in.callback_id, [&](Ledger& ledger, OperationRecord& operation) {
    if (operation.heartbeat_seconds == 0) return;
    operation.heartbeat_due = request.now + Seconds(operation.heartbeat_seconds);
    // Not a change that the function would see: its timer alone is set again.
    ledger.put_quietly(operation);
    if (const auto due = due_of(operation)) ledger.set_timer(operation.shown.id, *due);
  });
  return {};
}

}  // namespace haneul::lambda
