#include "services/lambda/mappings/failure_record.h"

#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "gen/lambda/errors.h"
#include "platform/trace.h"
#include "services/lambda/async_queue.h"
#include "services/lambda/destinations.h"

namespace haneul::lambda {

using platform::Job;
using platform::JobOutcome;

namespace {

constexpr const char* kJob = "lambda.mapping-failure";
constexpr size_t kParallelMax = 32;
constexpr int kDeliveriesMax = 12;

// DynamoDB tells seconds of a record, as its streams do.
std::string arrival(const GivenUpBatch& batch, Timestamp at) {
  const bool is_table = batch.mapping.kind() == SourceKind::kTableStream;
  return is_table ? format_iso8601(std::chrono::floor<Seconds>(at)) : format_iso8601_millis(at);
}

Document batch_info(const GivenUpBatch& batch) {
  Document out = Document::object();
  out.set("shardId", batch.shard);
  out.set("startSequenceNumber", batch.items.front().id);
  out.set("endSequenceNumber", batch.items.back().id);
  out.set("approximateArrivalOfFirstRecord", arrival(batch, batch.items.front().arrived_at));
  out.set("approximateArrivalOfLastRecord", arrival(batch, batch.items.back().arrived_at));
  out.set("batchSize", uint64_t{batch.items.size()});
  out.set("streamArn", batch.mapping.source_arn);
  return out;
}

Task<JobOutcome> deliver(const Core& core, const Job& job) {
  FunctionRef source{
      .place = {AccountId(job.payload.string_or("account", "")), Region(job.payload.string_or("region", ""))},
      .name = job.payload.string_or("name", ""),
      .qualifier = job.payload.string_or("qualifier", "")};
  const std::string destination = job.payload.string_or("destination", "");
  std::string problem;
  bool is_passing = false;
  try {
    co_await deliver_record(core,
                            {.source = source,
                             .trace_id = platform::accept_trace_header("", core.clock.now(), core.random),
                             .destination = destination,
                             .record = job.payload.string_or("record", ""),
                             .folder = job.payload.string_or("folder", ""),
                             .id = job.id});
    co_return JobOutcome::done();
  } catch (const model::ServiceError& error) {
    problem = error.message();
    is_passing = error.shape().status >= 500 || error.shape().status == 429;
  }
  if (is_passing && job.attempt < kDeliveriesMax)
    co_return JobOutcome::again(core.clock.now() + backoff_delay(job.attempt));
  log_warning("the record of a failed batch could not be delivered",
              {{"function", source.arn()}, {"to", destination}, {"reason", problem}});
  co_return JobOutcome::done();
}

}  // namespace

std::string failure_record(const GivenUpBatch& batch) {
  Document context = Document::object();
  context.set("requestId", batch.result.request_id);
  context.set("functionArn", batch.mapping.function.qualified_arn());
  context.set("condition", batch.condition);
  context.set("approximateInvokeCount", batch.attempts);
  Document record = Document::object();
  record.set("requestContext", std::move(context));
  if (!batch.result.version.empty()) {
    Document response = Document::object();
    response.set("statusCode", 200);
    response.set("executedVersion", batch.result.version);
    response.set("functionError", batch.result.error.empty() ? Document() : Document(batch.result.error));
    record.set("responseContext", std::move(response));
  }
  record.set("version", "1.0");
  record.set("timestamp", format_iso8601_millis(batch.at));
  const bool is_data = batch.mapping.kind() == SourceKind::kDataStream;
  record.set(is_data ? "KinesisBatchInfo" : "DDBStreamBatchInfo", batch_info(batch));
  // An object has room for the records themselves.
  if (destination_kind(batch.mapping.on_failure) == Destination::kBucket) {
    record.set("payload", make_payload({batch.items.begin(), batch.items.end()}, batch.items.size()));
  }
  return write_json(record);
}

void enqueue_failure(Core& core, store::Tx& tx, const GivenUpBatch& batch) {
  const FunctionRef& function = batch.mapping.function;
  Document payload = Document::object();
  payload.set("account", function.place.account.str());
  payload.set("region", function.place.region.str());
  payload.set("name", function.name);
  payload.set("qualifier", function.qualifier);
  payload.set("destination", batch.mapping.on_failure);
  payload.set("folder", "aws/lambda/" + batch.mapping.uuid + "/" + batch.shard + "/");
  payload.set("record", failure_record(batch));
  core.jobs.add(tx, kJob, batch.at, std::move(payload));
}

void register_failure_delivery(Core& core) {
  core.jobs.handle(kJob, kParallelMax, [&core](const Job& job) { return deliver(core, job); });
}

}  // namespace haneul::lambda
