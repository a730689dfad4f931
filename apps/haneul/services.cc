#include "services.h"

#include <algorithm>
#include <iterator>
#include <unordered_set>

#include "gen/models.h"
#include "services/cloudformation/check.h"
#include "services/dynamodb/check.h"
#include "services/iam/check.h"
#include "services/logs/check.h"
#include "services/s3/check.h"

namespace haneul::app {

Services::Services(const ServiceParts& parts)
    : parts_(parts),
      iam_(parts.db, parts.clock, parts.random, parts.token_key),
      sts_(iam_),
      authorizer_(iam_.identities()),
      logs_({.db = parts.db,
             .jobs = parts.jobs,
             .authorizer = authorizer_,
             .clock = parts.clock,
             .random = parts.random}),
      function_runner_(parts.engine),
      lambda_({.db = parts.db,
               .blobs = parts.blobs,
               .pool = parts.pool,
               .jobs = parts.jobs,
               .runner = runner(),
               .iam = iam_,
               .logs = logs_,
               .facts = parts.facts,
               .sources = sources_,
               .clock = parts.clock,
               .random = parts.random,
               .code_directory = parts.data / "code",
               .account_concurrency = parts.account_concurrency,
               .runtimes = compute::RuntimeCatalog::of_this_machine(parts.added_runtimes.string())}),
      s3_({.db = parts.db,
           .blobs = parts.blobs,
           .pool = parts.pool,
           .jobs = parts.jobs,
           .clock = parts.clock,
           .random = parts.random,
           .principals = &iam_}),
      dynamodb_({.db = parts.db,
                 .jobs = parts.jobs,
                 .clock = parts.clock,
                 .random = parts.random,
                 .principals = &iam_,
                 .throttling = parts.throttling,
                 .logs = &logs_}),
      cloudformation_(
          {.db = parts.db, .clock = parts.clock, .random = parts.random, .jobs = parts.jobs, .iam = iam_}) {
  iam_.register_operations(table_);
  sts_.register_operations(table_);
  logs_.register_operations(table_);
  lambda_.register_operations(table_);
  lambda_.register_jobs();
  s3_.register_operations(table_);
  dynamodb_.register_operations(table_);
  cloudformation_.register_operations(table_);
  // Modelled services without an implementation answer NotImplemented by name.
  for (const model::ServiceModel* service : service_models()) table_.add_service(*service);
}

lambda::FunctionRunner& Services::runner() {
  if (parts_.keep_events_bytes == 0) return function_runner_;
  journal_ = std::make_unique<EventJournal>(parts_.data / "events", parts_.keep_events_bytes, parts_.clock);
  keeping_runner_ = std::make_unique<KeepingRunner>(function_runner_, *journal_);
  return *keeping_runner_;
}

void Services::connect(platform::Pipeline& pipeline) {
  dynamodb_.connect(authorizer_);
  dynamodb_.connect(pipeline);
  sources_.add("dynamodb", dynamodb_.stream_source());
  lambda_.connect(pipeline, authorizer_);
  pipeline.add_route(lambda_.url_route());
  cloudformation_.connect(pipeline);
  pipeline.add_hook(lambda_.code_url_hook());
  pipeline.add_hook(dynamodb_.http_hook());
  s3_.connect(pipeline, authorizer_);
  pipeline.add_hook(s3_.http_hook());
}

void Services::start() {
  lambda_.start_mappings([this]() -> Executor& { return parts_.loops.next(); });
  spawn(parts_.loops.next(), "sweep blobs", sweep_blobs());
}

Task<void> Services::stop_readers(Milliseconds patience) { return lambda_.stop_mappings(patience); }

// What a crash left between writing a payload and writing its row. Every service that names blobs is asked.
Task<void> Services::sweep_blobs() {
  co_await parts_.pool.run([this] {
    const std::vector<std::string> names = s3::named_blobs(parts_.db);
    const std::unordered_set<std::string> of_objects(names.begin(), names.end());
    parts_.blobs.sweep(
        [&](const store::BlobId& id) { return of_objects.contains(id.str()) || lambda_.names_blob(id); });
  });
}

void Services::end_waits() { lambda_.end_waits(); }
void Services::stop() { lambda_.drain(); }

std::span<const platform::FieldGap> field_gaps(std::string_view service) {
  if (service == "cloudformation") return cloudformation::field_gaps();
  if (service == "dynamodb") return dynamodb::field_gaps();
  if (service == "iam") return iam::field_gaps();
  if (service == "sts") return sts::field_gaps();
  if (service == "lambda") return lambda::field_gaps();
  if (service == "logs") return logs::field_gaps();
  if (service == "s3") return s3::field_gaps();
  return {};
}

std::vector<std::string> check_invariants(store::Db& db, store::BlobStore& blobs) {
  std::vector<std::string> problems = iam::check(db);
  std::ranges::move(cloudformation::check(db), std::back_inserter(problems));
  std::ranges::move(dynamodb::check(db), std::back_inserter(problems));
  std::ranges::move(lambda::check(db, blobs), std::back_inserter(problems));
  std::ranges::move(logs::check(db), std::back_inserter(problems));
  std::ranges::move(s3::check(db, blobs), std::back_inserter(problems));
  return problems;
}

}  // namespace haneul::app
