#include "services/lambda/durable/chained.h"

#include "aws/arn.h"
#include "aws/digest.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "gen/lambda/errors.h"
#include "services/lambda/async_queue.h"
#include "services/lambda/durable/envelope.h"
#include "services/lambda/durable/history.h"
#include "services/lambda/durable/keys.h"
#include "services/lambda/recursion.h"

namespace haneul::lambda {

using platform::JobOutcome;

namespace {

constexpr size_t kNameCharacters = 32;

FunctionRef function_of(const std::string& arn) {
  const aws::Arn parsed = aws::parse_arn(arn).value();
  const auto parts = split(parsed.resource, ':');
  return {.place = {AccountId(parsed.account), Region(parsed.region)},
          .name = std::string(parts.at(1)),
          .qualifier = parts.size() > 2 ? std::string(parts[2]) : std::string()};
}

}  // namespace

struct ChainedInvoker::Call {
  ExecutionRecord head;  // of the execution that waits
  OperationRecord operation;
  const std::string& id() const { return operation.shown.id; }
};

Document chained_payload(const ExecutionRef& ref, const std::string& operation) {
  Document out = job_payload(ref);
  out.set("operation", operation);
  out.set("failures", 0);
  return out;
}

void complete_chained(Ledger& waiting, const std::string& id, const Ending& ending, Timestamp at) {
  auto operation = waiting.find(id);
  if (!waiting.head.is_running() || !operation || operation->shown.status != "STARTED") return;
  operation->shown.chained_invoke_details =
      ChainedInvokeDetails{.result = ending.result, .error = ending.error};
  waiting.settle(*operation, ending.status, at);
  waiting.note(operation_ended(*operation), at);
  waiting.wake(at);
}

std::optional<ChainedInvoker::Call> ChainedInvoker::find(const platform::Job& job) {
  const Place place{AccountId(job.payload.string_or("account", "")),
                    Region(job.payload.string_or("region", ""))};
  return parts_.core.db.read([&](store::ReadTx& tx) -> std::optional<Call> {
    const auto head = find_execution(tx, place, job.payload.string_or("id", ""));
    if (!head || !head->is_running()) return std::nullopt;
    auto operation = find_operation(tx, head->ref, job.payload.string_or("operation", ""));
    if (!operation || operation->shown.status != "STARTED") return std::nullopt;
    return Call{.head = *head, .operation = *std::move(operation)};
  });
}

Task<JobOutcome> ChainedInvoker::run(const platform::Job& job) {
  const auto call = find(job);
  if (!call) co_return JobOutcome::done();
  try {
    co_await invoke(*call);
  } catch (const model::ServiceError& error) {
    const int status = error.shape().status;
    if (status >= 500 || status == 429) {
      Document payload = job.payload;
      const int64_t failures = payload.find("failures")->as_int() + 1;
      payload.set("failures", failures);
      co_return JobOutcome{.again_at = parts_.core.clock.now() + backoff_delay(failures),
                           .payload = std::move(payload)};
    }
    ErrorObject shown;
    shown.error_type = std::string(error.shape().code);
    shown.error_message = error.message();
    complete(*call, {.status = "FAILED", .result = {}, .error = std::move(shown)});
  }
  co_return JobOutcome::done();
}

platform::CallContext ChainedInvoker::context_of(const Call& call) {
  const ExecutionRef& ref = call.head.ref;
  const FunctionRef source{.place = ref.place, .name = ref.function, .qualifier = ref.version};
  const Settings settings =
      parts_.core.db.read([&](store::ReadTx& tx) { return require_version(tx, source); });
  const auto session = parts_.core.iam.issue_for_service({.role_arn = settings.role,
                                                          .session_name = ref.function,
                                                          .duration = Seconds(900),
                                                          .session_policies = {}});
  if (!session) throw model::AccessDeniedException(std::string(kRoleRefused));
  const std::string& trace = call.operation.trace.empty() ? call.head.trace : call.operation.trace;
  return {.caller = session->caller,
          .account = ref.place.account,
          .region = ref.place.region,
          .trace_id = with_lineage(trace, source),
          .source = "lambda.amazonaws.com"};
}

Task<void> ChainedInvoker::invoke(const Call& call) {
  const platform::CallContext context = context_of(call);
  const FunctionRef target = function_of(call.operation.target);
  const auto resolved = parts_.core.db.read([&](store::ReadTx& tx) -> std::optional<Resolved> {
    if (!find_function(tx, target)) return std::nullopt;  // whoever may not invoke is told no more
    return resolve_invocation(tx, target, parts_.core);
  });
  if (resolved && resolved->settings.durable) {
    co_await begin_durable(call, context, *resolved);
  } else {
    co_await invoke_plain(call, context);
  }
}

Task<void> ChainedInvoker::invoke_plain(const Call& call, const platform::CallContext& context) {
  Document input = Document::object();
  input.set("FunctionName", call.operation.target);
  input.set("Payload", Blob{call.operation.input});
  const Document answer =
      co_await parts_.core.dispatcher->call(context, "lambda", "Invoke", std::move(input));
  const Document* payload = answer.find("Payload");
  const std::string text = payload != nullptr && payload->is_blob() ? payload->as_blob() : "";
  if (answer.find("FunctionError") != nullptr) {
    complete(call, {.status = "FAILED", .result = {}, .error = error_of_function(text)});
  } else {
    complete(call, {.status = "SUCCEEDED", .result = text, .error = {}});
  }
}

Task<void> ChainedInvoker::begin_durable(const Call& call, const platform::CallContext& context,
                                         Resolved target) {
  // The same checks as for any caller; what it answers says whether the role may.
  Document input = Document::object();
  input.set("FunctionName", call.operation.target);
  input.set("InvocationType", "DryRun");
  co_await parts_.core.dispatcher->call(context, "lambda", "Invoke", std::move(input));
  // A job that runs again finds the execution that it began.
  const std::string name =
      hex_encode(aws::sha256(call.head.ref.id + "/" + call.id())).substr(0, kNameCharacters);
  DurableStart start{.resolved = std::move(target),
                     .invocation = {},
                     .name = name,
                     .result_bytes_max = kAsyncResultBytesMax,
                     .parent = call.head.ref.id,
                     .parent_operation = call.id()};
  start.invocation.request_id = RequestId(parts_.core.random.uuid());
  start.invocation.payload = call.operation.input;
  start.invocation.invoked_arn = call.operation.target;
  start.invocation.trace_header = context.trace_id;
  const ExecutionRecord child = co_await engine_.start(std::move(start));
  tell_of(call, child.ref);
}

void ChainedInvoker::complete(const Call& call, const Ending& ending) {
  const ExecutionRef& ref = call.head.ref;
  const Timestamp now = parts_.core.clock.now();
  parts_.core.db.write(keys::durable_scope(ref.place, ref.id), [&](store::Tx& tx) {
    auto waiting = Ledger::open(parts_, tx, ref.place, ref.id);
    if (!waiting) return;
    complete_chained(*waiting, call.id(), ending, now);
    waiting->save();
  });
}

void ChainedInvoker::tell_of(const Call& call, const ExecutionRef& child) {
  const ExecutionRef& ref = call.head.ref;
  const store::Key key = keys::durable_event(ref.place, ref.id, call.operation.started_event);
  parts_.core.db.write(keys::durable_scope(ref.place, ref.id), [&](store::Tx& tx) {
    const auto bytes = tx.get(key);
    if (!bytes) return;
    Event event = event_from(*bytes);
    if (!event.chained_invoke_started_details) return;
    event.chained_invoke_started_details->durable_execution_arn = child.arn();
    event.chained_invoke_started_details->executed_version = child.version;
    tx.put(key, encode(event));
  });
}

}  // namespace haneul::lambda
