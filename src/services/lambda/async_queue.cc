#include "services/lambda/async_queue.h"

#include <algorithm>

#include "base/json.h"
#include "base/log.h"
#include "base/random.h"
#include "base/text.h"
#include "gen/lambda/errors.h"
#include "services/lambda/destinations.h"
#include "services/lambda/invoker.h"
#include "services/lambda/recursion.h"

namespace haneul::lambda {

using compute::InvokeStatus;
using platform::JobOutcome;

namespace {

constexpr const char* kJob = "lambda.async";
constexpr int64_t kDeliveriesMax = 12;

int64_t number(const Document& from, std::string_view key) {
  const Document* value = from.find(key);
  return value != nullptr && value->is_number() ? value->as_int() : 0;
}

Document parse_or_text(const std::string& text) {
  try {
    return parse_json(text);
  } catch (const ParseError&) {
    return text;
  }
}

}  // namespace

struct AsyncQueue::Progress {
  AsyncEvent event;
  int64_t runs = 0;         // how often the function was run
  int64_t tries = 0;        // how often it could not be
  std::string destination;  // once concluded: where the record goes
  std::string record;
  int64_t deliveries = 0;

  Document payload() const;
  static Progress from(const Document& payload);
};

struct AsyncQueue::Verdict {
  enum class Kind { kOk, kFunctionError, kNotRun, kGone, kBarred, kRecursive };
  Kind kind = Kind::kNotRun;
  std::string payload, error, version;
};

Document AsyncQueue::Progress::payload() const {
  Document out = Document::object();
  out.set("account", event.ref.place.account.str());
  out.set("region", event.ref.place.region.str());
  out.set("name", event.ref.name);
  out.set("qualifier", event.ref.qualifier);
  out.set("request", event.request_id);
  out.set("payload", event.payload);
  out.set("context", event.client_context);
  out.set("trace", event.trace_id);
  out.set("accepted", event.accepted_at.time_since_epoch().count());
  out.set("runs", runs);
  out.set("tries", tries);
  out.set("destination", destination);
  out.set("record", record);
  out.set("deliveries", deliveries);
  return out;
}

AsyncQueue::Progress AsyncQueue::Progress::from(const Document& payload) {
  Progress out;
  out.event.ref.place = {AccountId(payload.string_or("account", "")),
                         Region(payload.string_or("region", ""))};
  out.event.ref.name = payload.string_or("name", "");
  out.event.ref.qualifier = payload.string_or("qualifier", "");
  out.event.request_id = payload.string_or("request", "");
  out.event.payload = payload.string_or("payload", "");
  out.event.client_context = payload.string_or("context", "");
  out.event.trace_id = payload.string_or("trace", "");
  out.event.accepted_at = Timestamp(Milliseconds(number(payload, "accepted")));
  out.runs = number(payload, "runs");
  out.tries = number(payload, "tries");
  out.destination = payload.string_or("destination", "");
  out.record = payload.string_or("record", "");
  out.deliveries = number(payload, "deliveries");
  return out;
}

Milliseconds backoff_delay(int64_t tries) {
  const int64_t doublings = std::clamp<int64_t>(tries - 1, 0, 20);
  return std::min(kBackoffMin * (int64_t{1} << doublings), kBackoffMax);
}

Milliseconds spread_delay(int64_t tries, Random& dice) {
  const Milliseconds whole = backoff_delay(tries);
  const Milliseconds half = whole / 2;
  return whole - Milliseconds(dice.below(static_cast<uint64_t>(half.count()) + 1));
}

void AsyncQueue::register_jobs() {
  core_.jobs.handle(kJob, core_.background_max(), [this](const platform::Job& job) { return handle(job); });
}

void AsyncQueue::enqueue(store::Tx& tx, const AsyncEvent& event) {
  Progress progress;
  progress.event = event;
  core_.jobs.add(tx, kJob, event.accepted_at, progress.payload());
}

Task<JobOutcome> AsyncQueue::handle(const platform::Job& job) {
  Progress progress = Progress::from(job.payload);
  if (!progress.destination.empty()) co_return co_await deliver(std::move(progress), job.id);
  co_return co_await attempt(std::move(progress));
}

EventConfig AsyncQueue::config_of(const FunctionRef& ref) {
  return core_.db.read([&](store::ReadTx& tx) {
    const auto bytes = tx.get(keys::event_config(ref, stored_qualifier(ref)));
    return bytes ? event_config_from(*bytes) : EventConfig{};
  });
}

Task<AsyncQueue::Verdict> AsyncQueue::run(const Progress& progress) {
  const AsyncEvent& event = progress.event;
  Verdict verdict;
  try {
    Resolved resolved =
        core_.db.read([&](store::ReadTx& tx) { return resolve_invocation(tx, event.ref, core_); });
    if (resolved.reserved && *resolved.reserved == 0) {
      verdict.kind = Verdict::Kind::kBarred;
      co_return verdict;
    }
    if (is_runaway(event.trace_id, resolved)) {
      verdict.kind = Verdict::Kind::kRecursive;
      co_return verdict;
    }
    compute::Invocation invocation{.request_id = RequestId(event.request_id),
                                   .payload = event.payload,
                                   .invoked_arn = event.ref.qualified_arn(),
                                   .client_context = event.client_context,
                                   .cognito_identity = {},
                                   .trace_header = with_lineage(event.trace_id, event.ref)};
    compute::LogOrigin log{.account = event.ref.place.account,
                           .region = event.ref.place.region,
                           .group = resolved.settings.log_group,
                           .stream = {},
                           .function_arn = {}};
    compute::InvokeResult result = co_await run_invocation(core_, std::move(resolved), std::move(invocation));
    // Before the event is settled: a crash must not leave a run that nothing tells of.
    log.stream = result.log_stream;
    co_await core_.logs.written(log);
    verdict.payload = std::move(result.payload);
    verdict.version = result.executed_version;
    verdict.error = result.function_error.value_or("");
    const bool was_run =
        result.status != InvokeStatus::kThrottled && result.status != InvokeStatus::kUnavailable;
    if (was_run) verdict.kind = verdict.error.empty() ? Verdict::Kind::kOk : Verdict::Kind::kFunctionError;
  } catch (const ResourceNotFoundException&) {
    verdict.kind = Verdict::Kind::kGone;
  } catch (const std::exception& error) {
    log_warning("an event could not be run", {{"function", event.ref.arn()}, {"reason", error.what()}});
  }
  co_return verdict;
}

Task<JobOutcome> AsyncQueue::attempt(Progress progress) {
  const EventConfig config = config_of(progress.event.ref);
  const Seconds age_max(config.age_seconds_max.value_or(kAsyncAgeMax.count()));
  if (core_.clock.now() - progress.event.accepted_at >= age_max)
    co_return conclude(std::move(progress), config, "EventAgeExceeded", {});
  const Verdict verdict = co_await run(progress);
  switch (verdict.kind) {
    case Verdict::Kind::kGone: co_return JobOutcome::done();
    case Verdict::Kind::kBarred:
      co_return conclude(std::move(progress), config, "ZeroReservedConcurrency", verdict);
    case Verdict::Kind::kRecursive:
      log_warning("an event was dropped: its function runs in a loop",
                  {{"function", progress.event.ref.arn()}});
      co_return conclude(std::move(progress), config, "RecursiveInvocationException", verdict);
    case Verdict::Kind::kOk:
      ++progress.runs;
      co_return conclude(std::move(progress), config, "Success", verdict);
    case Verdict::Kind::kNotRun:
      ++progress.tries;
      co_return retry_later(progress, spread_delay(progress.tries, core_.random), config, verdict);
    case Verdict::Kind::kFunctionError: break;
  }
  ++progress.runs;
  if (progress.runs > config.retries_max.value_or(kAsyncRetriesMax))
    co_return conclude(std::move(progress), config, "RetriesExhausted", verdict);
  co_return retry_later(progress, progress.runs == 1 ? kFirstRetryDelay : kSecondRetryDelay, config, verdict);
}

JobOutcome AsyncQueue::retry_later(Progress progress, Milliseconds delay, const EventConfig& config,
                                   const Verdict& verdict) {
  const Seconds age_max(config.age_seconds_max.value_or(kAsyncAgeMax.count()));
  const Timestamp next = core_.clock.now() + delay;
  if (next - progress.event.accepted_at >= age_max)
    return conclude(std::move(progress), config, "EventAgeExceeded", verdict);
  return {.again_at = next, .payload = progress.payload()};
}

JobOutcome AsyncQueue::conclude(Progress progress, const EventConfig& config, std::string_view condition,
                                const Verdict& verdict) {
  const bool is_success = condition == "Success";
  progress.destination = is_success ? config.on_success : config.on_failure;
  if (progress.destination.empty()) return JobOutcome::done();
  const AsyncEvent& event = progress.event;
  const std::string version = verdict.version.empty() ? std::string(kLatest) : verdict.version;
  Document context = Document::object();
  context.set("requestId", event.request_id);
  context.set("functionArn", event.ref.arn_with(event.ref.qualifier.empty() ? kLatest : event.ref.qualifier));
  context.set("condition", condition);
  context.set("approximateInvokeCount", progress.runs);
  Document record = Document::object();
  record.set("version", "1.0");
  record.set("timestamp", format_iso8601_millis(core_.clock.now()));
  record.set("requestContext", std::move(context));
  record.set("requestPayload", parse_or_text(event.payload));
  const bool was_run = verdict.kind == Verdict::Kind::kOk || verdict.kind == Verdict::Kind::kFunctionError;
  if (was_run) {
    Document response = Document::object();
    response.set("statusCode", 200);
    response.set("executedVersion", version);
    if (!verdict.error.empty()) response.set("functionError", verdict.error);
    record.set("responseContext", std::move(response));
    record.set("responsePayload", parse_or_text(verdict.payload));
  }
  progress.record = write_json(record);
  return {.again_at = core_.clock.now(), .payload = progress.payload()};
}

Task<JobOutcome> AsyncQueue::deliver(Progress progress, std::string id) {
  std::string problem;
  bool is_passing = false;
  try {
    co_await deliver_record(core_, {.source = progress.event.ref,
                                    .trace_id = progress.event.trace_id,
                                    .destination = progress.destination,
                                    .record = progress.record,
                                    .folder = "aws/lambda/async/" + progress.event.ref.name + "/",
                                    .id = std::move(id)});
    co_return JobOutcome::done();
  } catch (const model::ServiceError& error) {
    problem = error.message();
    is_passing = error.shape().status >= 500 || error.shape().status == 429;
  }
  if (is_passing && ++progress.deliveries < kDeliveriesMax)
    co_return JobOutcome{.again_at = core_.clock.now() + backoff_delay(progress.deliveries),
                         .payload = progress.payload()};
  log_warning("an invocation record could not be delivered",
              {{"function", progress.event.ref.arn()}, {"to", progress.destination}, {"reason", problem}});
  co_return JobOutcome::done();
}

}  // namespace haneul::lambda
