#include "services/lambda/durable/engine.h"

#include "aws/digest.h"
#include "base/text.h"
#include "gen/lambda/errors.h"
#include "services/lambda/durable/chained.h"
#include "services/lambda/durable/envelope.h"
#include "services/lambda/durable/keys.h"
#include "services/lambda/durable/retention.h"
#include "services/lambda/durable/timers.h"
#include "store/record.h"

namespace haneul::lambda {

using compute::InvokeStatus;
using platform::Job;
using platform::JobOutcome;

namespace {

constexpr size_t kTimersMax = 64;
constexpr Milliseconds kLook{60'000};

ExecutionRecord make_record(const DurableStart& start, const std::string& id, const std::string& name,
                            Timestamp now) {
  const Resolved& resolved = start.resolved;
  ExecutionRecord out;
  out.ref = {.place = resolved.ref.place,
             .function = resolved.ref.name,
             .version = resolved.settings.version,
             .name = start.name.value_or(name),
             .id = id};
  out.born = resolved.born;
  out.invoked_arn = start.invocation.invoked_arn;
  out.started_at = now;
  out.config = resolved.settings.durable.value();
  out.result_bytes_max = start.result_bytes_max;
  out.input_digest = hex_encode(aws::sha256(start.invocation.payload));
  out.trace = start.invocation.trace_header;
  out.client_context = start.invocation.client_context;
  out.request_id = start.invocation.request_id.str();
  out.parent = start.parent;
  out.parent_operation = start.parent_operation;
  return out;
}

// The execution goes on with the next start; its caller asks again, by its name when it has one.
[[noreturn]] void refuse_stopping() {
  ServiceException error("The server is stopping.");
  error.with("Type", "Service");
  throw error;
}

compute::InvokeResult result_of(const ExecutionRecord& head, std::optional<std::string> result) {
  compute::InvokeResult out;
  out.executed_version = head.ref.version;
  if (head.status == "SUCCEEDED") {
    out.payload = result.value_or("null");
    return out;
  }
  const ErrorObject error = head.error.value_or(ErrorObject{});
  out.status = InvokeStatus::kFunctionError;
  out.function_error = "Unhandled";
  out.error_type = error.error_type.value_or("");
  out.payload = function_error(error);
  return out;
}

}  // namespace

void require_durable_call(const Resolved& resolved, CallerWaits waits) {
  if (resolved.ref.qualifier.empty())
    refuse<InvalidParameterValueException>("You cannot invoke a durable function using an unqualified ARN.");
  if (waits == CallerWaits::kNo || resolved.settings.durable->timeout_seconds <= kSyncTimeoutSecondsMax)
    return;
  refuse<InvalidParameterValueException>(
      "You cannot synchronously invoke a durable function with an executionTimeout greater than 15 minutes.");
}

Task<ExecutionRecord> DurableEngine::start(DurableStart start) {
  Core& core = parts_.core;
  const ExecutionRecord fresh = make_record(start, core.random.uuid(), core.random.uuid(), core.clock.now());
  const keys::FunctionLife life{.place = fresh.ref.place, .name = fresh.ref.function, .born = fresh.born};
  const store::Key name = keys::durable_name(life, fresh.ref.name);
  const ExecutionRecord begun =
      core.db.write(keys::durable_of_scope(life), [&](store::Tx& tx) -> ExecutionRecord {
        const auto taken = start.name ? tx.get(name) : std::nullopt;
        if (taken) {
          const auto known = find_execution(tx, life.place, store::decode_record(*taken).as_string());
          if (known && known->input_digest == fresh.input_digest) return *known;
          if (known)
            refuse<DurableExecutionAlreadyStartedException>("Execution already started: " + known->ref.arn());
        }
        tx.put(name, store::encode_record(fresh.ref.id));
        Ledger ledger = Ledger::begin(parts_, tx, fresh, start.invocation.payload);
        ledger.save();
        return ledger.head;
      });
  co_await core.db.wait_durable(core.db.last_ordered());
  co_return begun;
}

Task<DurableEngine::Ended> DurableEngine::run_to_end(DurableStart start) {
  ExecutionRecord head = co_await this->start(std::move(start));
  Core& core = parts_.core;
  std::string log_tail;
  while (true) {
    const auto seat = parts_.bell->take_seat(head.ref.id);
    seat->log_tail = log_tail;
    std::optional<std::string> result;
    const auto now = core.db.read([&](store::ReadTx& tx) {
      result = find_data(tx, head.ref, "result");
      return find_execution(tx, head.ref.place, head.ref.id);
    });
    if (!now || !now->is_running()) {
      Ended ended{.head = now.value_or(head), .result = {}};
      if (!now) ended.head.status = "STOPPED";
      ended.result = result_of(ended.head, std::move(result));
      ended.result.log_tail = log_tail;
      parts_.bell->leave(head.ref.id, seat);
      co_return ended;
    }
    if (parts_.bell->is_closed()) refuse_stopping();
    co_await seat->ended.wait(kLook);
    log_tail = parts_.bell->tail_of(*seat);
    parts_.bell->leave(head.ref.id, seat);
  }
}

Task<compute::InvokeResult> DurableEngine::run_durable(Resolved resolved, compute::Invocation invocation) {
  require_durable_call(resolved, CallerWaits::kYes);
  Ended ended = co_await run_to_end({.resolved = std::move(resolved),
                                     .invocation = std::move(invocation),
                                     .name = {},
                                     .result_bytes_max = kSyncResultBytesMax,
                                     .parent = {},
                                     .parent_operation = {}});
  co_return std::move(ended.result);
}

void DurableEngine::register_jobs() {
  platform::Jobs& jobs = parts_.core.jobs;
  jobs.handle(kDurableRunJob, parts_.core.background_max(), [this](const Job& job) { return run(job); });
  jobs.handle(kDurableInvokeJob, parts_.core.background_max(), [this](const Job& job) -> Task<JobOutcome> {
    ChainedInvoker invoker(parts_, *this);
    co_return co_await invoker.run(job);
  });
  jobs.handle(kDurableTimerJob, kTimersMax,
              [this](const Job& job) -> Task<JobOutcome> { co_return run_timer(parts_, job); });
  jobs.handle(kDurablePurgeJob, 1,
              [this](const Job& job) -> Task<JobOutcome> { co_return purge_execution(parts_, job); });
  jobs.handle(kDurableForgetJob, 1,
              [this](const Job& job) -> Task<JobOutcome> { co_return forget_executions(parts_, job); });
}

}  // namespace haneul::lambda
