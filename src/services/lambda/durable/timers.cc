#include "services/lambda/durable/timers.h"

#include <algorithm>

#include <fmt/format.h>

#include "services/lambda/durable/history.h"
#include "services/lambda/durable/keys.h"

namespace haneul::lambda {

using platform::JobOutcome;

namespace {

void time_out_callback(Ledger& ledger, OperationRecord& operation, Timestamp now) {
  const bool by_heartbeat =
      operation.heartbeat_due > Timestamp() && operation.heartbeat_due <= now &&
      (operation.callback_due == Timestamp() || operation.heartbeat_due < operation.callback_due);
  ErrorObject error;
  error.error_type = by_heartbeat ? "Callback.Heartbeat" : "Callback.Timeout";
  error.error_message = by_heartbeat ? "Callback timed out on heartbeat" : "Callback timed out";
  operation.shown.callback_details->error = std::move(error);
  ledger.settle(operation, "TIMED_OUT", now);
  ledger.note(operation_ended(operation), now);
}

void fire_operation(Ledger& ledger, OperationRecord& operation, Timestamp now) {
  const std::string& type = operation.shown.type;
  if (type == "WAIT") {
    ledger.settle(operation, "SUCCEEDED", now);
    ledger.note(operation_ended(operation), now);
  } else if (type == "STEP") {
    operation.shown.step_details->next_attempt_timestamp.reset();
    ledger.settle(operation, "READY", now);
  } else {
    time_out_callback(ledger, operation, now);
  }
  ledger.wake(now);
}

void fire_timeout(Ledger& ledger, Timestamp now) {
  const int64_t seconds = ledger.head.config.timeout_seconds;
  const Timestamp due = ledger.head.started_at + Seconds(seconds);
  if (now < due) return ledger.set_timer(std::string(kTimeoutTimer), due);
  ErrorObject error;
  error.error_message = fmt::format("Execution timed out after {} seconds.", seconds);
  ledger.end({.status = "TIMED_OUT", .result = {}, .error = std::move(error)}, now);
}

}  // namespace

std::optional<Timestamp> due_of(const OperationRecord& operation) {
  const Operation& shown = operation.shown;
  if (shown.type == "WAIT" && shown.status == "STARTED") return shown.wait_details->scheduled_end_timestamp;
  if (shown.type == "STEP" && shown.status == "PENDING") return shown.step_details->next_attempt_timestamp;
  if (shown.type != "CALLBACK" || shown.status != "STARTED") return std::nullopt;
  std::optional<Timestamp> due;
  for (const Timestamp each : {operation.callback_due, operation.heartbeat_due}) {
    if (each > Timestamp()) due = std::min(due.value_or(each), each);
  }
  return due;
}

void fire_timer(Ledger& ledger, const std::string& id, Timestamp now) {
  if (id == kTimeoutTimer) return fire_timeout(ledger, now);
  auto operation = ledger.find(id);
  const auto due = operation ? due_of(*operation) : std::nullopt;
  if (!due) return ledger.clear_timer(id);
  if (now < *due) return ledger.set_timer(id, *due);
  fire_operation(ledger, *operation, now);
}

void fire_due(Ledger& ledger, Timestamp now) {
  std::vector<std::string> timed;
  for (const auto& [id, job] : ledger.head.timers) timed.push_back(id);
  for (const std::string& id : timed) {
    if (id == kTimeoutTimer) continue;
    auto operation = ledger.find(id);
    const auto due = operation ? due_of(*operation) : std::nullopt;
    if (due && *due <= now) fire_operation(ledger, *operation, now);
  }
}

JobOutcome run_timer(DurableParts& parts, const platform::Job& job) {
  const Place place{AccountId(job.payload.string_or("account", "")),
                    Region(job.payload.string_or("region", ""))};
  const std::string id = job.payload.string_or("id", "");
  const std::string operation = job.payload.string_or("operation", "");
  const Timestamp now = parts.core.clock.now();
  parts.core.db.write(keys::durable_scope(place, id), [&](store::Tx& tx) {
    auto ledger = Ledger::open(parts, tx, place, id);
    if (!ledger || !ledger->head.is_running()) return;
    fire_timer(*ledger, operation, now);
    ledger->save();
  });
  return JobOutcome::done();
}

}  // namespace haneul::lambda
