#include "services/lambda/preparer.h"

#include "aws/arn.h"
#include "base/log.h"
#include "base/text.h"
#include "gen/lambda/errors.h"
#include "services/lambda/invoker.h"
#include "services/lambda/limits.h"
#include "services/lambda/versions.h"

namespace haneul::lambda {

namespace {

constexpr const char* kJob = "lambda.prepare";
// Takes as long as the function's initialisation: others need not wait behind it.
constexpr const char* kSnapshotJob = "lambda.snapshot";
constexpr size_t kParallelMax = 4;
constexpr int kAttemptsMax = 3;
constexpr std::string_view kBeingCreated = "The function is being created.";

bool is_settled(const Settings& settings) {
  return settings.state.status != kPending && settings.last_update.status != kInProgress;
}

void add_job(store::Tx& tx, const Core& core, const FunctionRef& ref, const Settings& settings,
             Timestamp now) {
  const bool has_snapshot = settings.snap_start && settings.version != kLatest;
  core.jobs.add(tx, has_snapshot ? kSnapshotJob : kJob, now,
                Document::Object{{"account", ref.place.account.str()},
                                 {"region", ref.place.region.str()},
                                 {"name", ref.name},
                                 {"version", settings.version}});
}

std::optional<Settings> find_settings(store::Reader& tx, const FunctionRef& ref, std::string_view version) {
  if (version != kLatest) return find_version(tx, ref, version);
  auto function = find_function(tx, ref);
  if (!function) return std::nullopt;
  return std::move(function->latest);
}

Condition failure_of(const model::ServiceError& error) {
  const bool is_runtime = dynamic_cast<const InvalidRuntimeException*>(&error) != nullptr;
  return {std::string(kFailed), error.message(), is_runtime ? "InvalidRuntime" : "InternalError"};
}

// https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html
Condition failure_of(const compute::SnapshotOutcome& outcome) {
  using Kind = compute::SnapshotOutcome::Kind;
  Condition failure{std::string(kFailed), outcome.reason, "FunctionError.RuntimeInitError"};
  if (outcome.kind == Kind::kTimeout) failure.code = "FunctionError.InitTimeout";
  if (outcome.kind == Kind::kOutOfMemory) failure.code = "FunctionError.InitResourceExhausted";
  if (outcome.kind == Kind::kEntrypoint) failure.code = "FunctionError.InvalidEntryPoint";
  return failure;
}

Task<void> take_snapshot(const Core& core, Images::Ptr image, Completion<compute::SnapshotOutcome> done) {
  compute::SnapshotOutcome outcome;
  try {
    outcome = co_await core.runner.take_snapshot(std::move(image), core.logs);
  } catch (const std::exception& error) {
    outcome = {compute::SnapshotOutcome::Kind::kServer, error.what()};
  }
  done.set(outcome);
}

// Whoever invokes a version whose snapshot is being taken waits for it, as for any preparation.
Task<void> await_snapshot(const Core& core, Images::Ptr image) {
  const Completion<compute::SnapshotOutcome> done;
  spawn(*Executor::current(), "await snapshot", take_snapshot(core, std::move(image), done));
  const auto outcome = co_await done.wait(kPreparationPatience);
  if (!outcome) refuse_state(kPending);
  if (outcome->kind != compute::SnapshotOutcome::Kind::kReady) refuse_state(kFailed);
}

// The outcome of a preparation, put into the settings; `failure` is empty when it succeeded.
void put_outcome(Settings& settings, const Condition& failure) {
  Condition& unsettled = settings.state.status == kPending ? settings.state : settings.last_update;
  if (!failure.status.empty()) {
    unsettled = failure;
    return;
  }
  settings.state = {std::string(kActive), {}, {}};
  settings.last_update = {std::string(kSuccessful), {}, {}};
}

}  // namespace

void begin_creation(store::Tx& tx, const Core& core, const FunctionRef& ref, Settings& fresh, Timestamp now) {
  fresh.state = {std::string(kPending), std::string(kBeingCreated), "Creating"};
  fresh.last_update = {std::string(kSuccessful), {}, {}};
  add_uses(tx, core, ref, fresh);
  add_job(tx, core, ref, fresh, now);
}

void begin_update(store::Tx& tx, const Core& core, const FunctionRef& ref, FunctionRecord& function,
                  const Settings& before, Timestamp now) {
  Settings& latest = function.latest;
  if (before.state.status != kActive) {  // nothing of it has ever been ready
    replace_uses(tx, core, ref, before, {&latest});
    latest.state = {std::string(kPending), std::string(kBeingCreated), "Creating"};
  } else if (function.in_force) {
    replace_uses(tx, core, ref, before, {&latest, &*function.in_force});
  } else {
    add_uses(tx, core, ref, latest);
    function.in_force = before;
  }
  if (latest.state.status == kActive)
    latest.last_update = {std::string(kInProgress), std::string(kBeingCreated), "Creating"};
  add_job(tx, core, ref, latest, now);
}

Task<Images::Ptr> ready_image(const Core& core, Resolved& resolved) {
  if (!resolved.in_force) {
    const Images::Ptr image = co_await core.images.get(resolved.ref, resolved.settings);
    if (image->has_snapshot && resolved.settings.state.status == kPending)
      co_await await_snapshot(core, image);
    co_return image;
  }
  try {
    co_return co_await core.images.get(resolved.ref, resolved.settings);
  } catch (const std::exception& error) {
    log_debug("an update is not ready; what was before runs",
              {{"function", resolved.ref.arn()}, {"reason", error.what()}});
  }
  resolved.settings = *std::exchange(resolved.in_force, std::nullopt);
  co_return co_await core.images.get(resolved.ref, resolved.settings);
}

void Preparer::register_jobs() {
  drop_orphans();
  for (const char* kind : {kJob, kSnapshotJob})
    core_.jobs.handle(kind, kParallelMax, [this](const platform::Job& job) { return handle(job); });
}

// A crash may come between the end of a version and that of its snapshot.
void Preparer::drop_orphans() {
  for (const compute::SnapshotName& name : core_.runner.snapshots()) {
    const auto arn = aws::parse_arn(name.function_arn);
    constexpr std::string_view kFunction = "function:";
    if (!arn || !arn->resource.starts_with(kFunction)) continue;
    const FunctionRef ref{.place = {AccountId(arn->account), Region(arn->region)},
                          .name = arn->resource.substr(kFunction.size()),
                          .qualifier = {}};
    const auto version =
        core_.db.read([&](store::ReadTx& tx) { return find_version(tx, ref, name.version); });
    if (!version || version->revision != name.revision)
      core_.runner.drop_snapshots(name.function_arn, name.version);
  }
}

Task<platform::JobOutcome> Preparer::handle(const platform::Job& job) {
  const FunctionRef ref{
      .place = {AccountId(job.payload.string_or("account", "")), Region(job.payload.string_or("region", ""))},
      .name = job.payload.string_or("name", ""),
      .qualifier = {}};
  const std::string version = job.payload.string_or("version", "");
  const auto settings = core_.db.read([&](store::ReadTx& tx) { return find_settings(tx, ref, version); });
  if (settings && !is_settled(*settings)) {
    const bool is_last = job.attempt >= kAttemptsMax;
    co_await prepare(ref, *settings, is_last ? OnTrouble::kFail : OnTrouble::kTryAgain);
  }
  co_return platform::JobOutcome::done();
}

Task<void> Preparer::settle(FunctionRef ref) {
  const auto function = core_.db.read([&](store::ReadTx& tx) { return find_function(tx, ref); });
  if (!function || is_settled(function->latest)) co_return;
  try {
    co_await prepare(ref, function->latest, OnTrouble::kFail);
  } catch (const ResourceConflictException&) {
    if (function->latest.state.status == kPending) throw;
    refuse<ResourceConflictException>(
        "The operation cannot be performed at this time. An update is in progress for resource: " +
        ref.arn());
  }
}

Task<void> Preparer::prepare(const FunctionRef& ref, const Settings& settings, OnTrouble on_trouble) {
  Condition failure;
  try {
    const Images::Ptr image = co_await core_.images.get(ref, settings);
    if (image->has_snapshot) failure = co_await snapshot_failure(ref, image);
  } catch (const ResourceConflictException&) {  // it takes long; it may still succeed
    throw;
  } catch (const model::ServiceError& error) {
    failure = failure_of(error);
  } catch (const std::exception& error) {
    if (on_trouble == OnTrouble::kTryAgain) throw;
    log_error("a function could not be made ready", {{"function", ref.arn()}, {"reason", error.what()}});
    failure = {std::string(kFailed), "The function could not be made ready; the server's log says why.",
               "InternalError"};
  }
  conclude(ref, settings, failure);
}

// Empty when the snapshot is there. What is the server's fault is tried again.
Task<Condition> Preparer::snapshot_failure(const FunctionRef& ref, Images::Ptr image) {
  using Kind = compute::SnapshotOutcome::Kind;
  const uint32_t memory_mb = image->memory_mb;
  const compute::SnapshotOutcome outcome = co_await core_.runner.take_snapshot(std::move(image), core_.logs);
  if (outcome.kind == Kind::kServer) throw std::runtime_error(outcome.reason);
  if (outcome.billed.count() > 0) {
    constexpr double kMbPerGb = 1024.0;
    publish_use(core_, ref, "GB-ms", static_cast<double>(outcome.billed.count()) * memory_mb / kMbPerGb);
  }
  co_return outcome.kind == Kind::kReady ? Condition{} : failure_of(outcome);
}

// Another change may have come in between; it has a job of its own.
void Preparer::conclude(const FunctionRef& ref, const Settings& settings, const Condition& failure) {
  const std::string ready_revision = core_.random.uuid();
  core_.db.write(keys::functions_scope(ref.place), [&](store::Tx& tx) {
    if (settings.version != kLatest) {
      auto now = find_version(tx, ref, settings.version);
      if (!now) core_.runner.drop_snapshots(ref.arn(), settings.version);
      if (!now || now->revision != settings.revision || is_settled(*now)) return;
      put_outcome(*now, failure);
      tx.put(keys::version(ref, *parse_int(settings.version)), encode(*now));
      return;
    }
    auto function = find_function(tx, ref);
    if (!function || function->latest.revision != settings.revision || is_settled(function->latest)) return;
    put_outcome(function->latest, failure);
    std::string before = revision_id(function->latest);
    renew_revision_id(function->latest, ready_revision);
    function->latest.former_revision = std::move(before);
    if (failure.status.empty() && function->in_force) {
      replace_uses(tx, core_, ref, *function->in_force, {&function->latest});
      function->in_force.reset();
    }
    tx.put(keys::function(ref.place, ref.name), encode(*function));
  });
}

}  // namespace haneul::lambda
