// The runs of an execution: what they begin with, and what becomes of their answers.
#include "gen/lambda/errors.h"
#include "services/lambda/async_queue.h"
#include "services/lambda/durable/engine.h"
#include "services/lambda/durable/envelope.h"
#include "services/lambda/durable/history.h"
#include "services/lambda/durable/keys.h"
#include "services/lambda/invoker.h"
#include "services/lambda/recursion.h"

namespace haneul::lambda {

using compute::InvokeStatus;
using platform::Job;
using platform::JobOutcome;

struct DurableEngine::Run {
  ExecutionRecord head;  // as the run began
  std::string request_id, event;
  Timestamp began_at;
  store::Scope scope() const { return keys::durable_scope(head.ref.place, head.ref.id); }
  FunctionRef function() const {
    return {.place = head.ref.place, .name = head.ref.function, .qualifier = head.ref.version};
  }
};

Task<JobOutcome> DurableEngine::run(const Job& job) {
  const auto begun = begin(job);
  if (!begun) co_return JobOutcome::done();
  // The function's first checkpoint must find the token that it was given.
  co_await parts_.core.db.wait_durable(parts_.core.db.last_ordered());
  try {
    const compute::InvokeResult result = co_await invoke(*begun);
    parts_.bell->tell_tail(begun->head.ref.id, result.log_tail);
    if (result.status == InvokeStatus::kThrottled || result.status == InvokeStatus::kUnavailable)
      co_return run_again(job);
    co_return settle(*begun, result, job);
  } catch (const ResourceNotFoundException& error) {
    ErrorObject shown;
    shown.error_type = "ResourceNotFoundException";
    shown.error_message = error.message();
    give_up(*begun, std::move(shown));
    co_return JobOutcome::done();
  }
}

std::optional<DurableEngine::Run> DurableEngine::begin(const Job& job) {
  Core& core = parts_.core;
  const Place place{AccountId(job.payload.string_or("account", "")),
                    Region(job.payload.string_or("region", ""))};
  const std::string id = job.payload.string_or("id", "");
  const std::string token = make_checkpoint_token(id, core.random);
  const std::string request = core.random.uuid();
  const Timestamp now = core.clock.now();
  return core.db.write(keys::durable_scope(place, id), [&](store::Tx& tx) -> std::optional<Run> {
    auto ledger = Ledger::open(parts_, tx, place, id);
    if (!ledger || !ledger->head.is_running()) return std::nullopt;
    ExecutionRecord& head = ledger->head;
    if (head.run != job.payload.find("run")->as_int()) return std::nullopt;
    const bool is_first = head.first_token.empty();
    head.token = head.first_token = token;
    Run run{.head = {}, .request_id = is_first ? head.request_id : request, .event = {}, .began_at = now};
    run.event = make_event(tx, head);
    head.changed.clear();
    run.head = head;
    ledger->save();
    return run;
  });
}

Task<compute::InvokeResult> DurableEngine::invoke(const Run& run) {
  Core& core = parts_.core;
  Resolved resolved =
      core.db.read([&](store::ReadTx& tx) { return resolve_invocation(tx, run.function(), core); });
  const ExecutionRecord& head = run.head;
  compute::Invocation invocation{.request_id = RequestId(run.request_id),
                                 .payload = run.event,
                                 .invoked_arn = head.invoked_arn,
                                 .client_context = head.client_context,
                                 .cognito_identity = {},
                                 .trace_header = with_lineage(head.trace, run.function())};
  compute::LogOrigin log{.account = head.ref.place.account,
                         .region = head.ref.place.region,
                         .group = resolved.settings.log_group,
                         .stream = {},
                         .function_arn = {}};
  compute::InvokeResult result = co_await run_environment(core, std::move(resolved), std::move(invocation));
  // Before the run is settled: a crash must not leave a run that nothing tells of.
  log.stream = result.log_stream;
  co_await core.logs.written(log);
  co_return result;
}

JobOutcome DurableEngine::run_again(const Job& job) const {
  Document payload = job.payload;
  const int64_t failures = payload.find("failures")->as_int() + 1;
  payload.set("failures", failures);
  return {.again_at = parts_.core.clock.now() + backoff_delay(failures), .payload = std::move(payload)};
}

JobOutcome DurableEngine::settle(const Run& run, const compute::InvokeResult& result, const Job& job) {
  const Timestamp now = parts_.core.clock.now();
  return parts_.core.db.write(run.scope(), [&](store::Tx& tx) -> JobOutcome {
    auto ledger = Ledger::open(parts_, tx, run.head.ref.place, run.head.ref.id);
    if (!ledger || ledger->head.run != run.head.run) return JobOutcome::done();
    ledger->head.token.clear();
    Invoked invoked{.began_at = run.began_at, .ended_at = now, .request_id = run.request_id, .error = {}};
    JobOutcome outcome = JobOutcome::done();
    if (result.function_error) {
      invoked.error = error_of_function(result.payload);
      ledger->note(invocation_completed(invoked), now);
      // Replay is how a durable function gets over a crash, until its time is up.
      if (ledger->head.is_running()) outcome = run_again(job);
    } else if (ledger->head.is_running()) {
      outcome = conclude(*ledger, std::move(invoked), result.payload, job);
    } else {
      ledger->note(invocation_completed(invoked), now);
    }
    if (!outcome.again_at) ledger->head.run = 0;
    ledger->save();
    return outcome;
  });
}

JobOutcome DurableEngine::conclude(Ledger& ledger, Invoked invoked, const std::string& payload,
                                   const Job& job) {
  const Timestamp now = invoked.ended_at;
  const auto answer = read_answer(ledger.head, payload);
  if (!answer) {
    invoked.error.emplace();
    invoked.error->error_type = "InvalidParameterValueException";
    invoked.error->error_message = answer.error();
  } else {
    invoked.error = answer->error;
  }
  ledger.note(invocation_completed(invoked), now);
  if (!answer) {
    ledger.end({.status = "FAILED", .result = {}, .error = invoked.error}, now);
  } else if (answer->status != "PENDING") {
    ledger.end({.status = answer->status, .result = answer->result, .error = answer->error}, now);
  } else if (!ledger.head.changed.empty()) {  // while the function was about to leave
    Document again = job.payload;
    again.set("failures", 0);
    return {.again_at = now, .payload = std::move(again)};
  }
  return JobOutcome::done();
}

void DurableEngine::give_up(const Run& run, ErrorObject error) {
  const Timestamp now = parts_.core.clock.now();
  parts_.core.db.write(run.scope(), [&](store::Tx& tx) {
    auto ledger = Ledger::open(parts_, tx, run.head.ref.place, run.head.ref.id);
    if (!ledger || ledger->head.run != run.head.run) return;
    if (ledger->head.is_running()) ledger->end({.status = "FAILED", .result = {}, .error = error}, now);
    ledger->head.run = 0;
    ledger->save();
  });
}

}  // namespace haneul::lambda
