#include "services/lambda/preparer.h"

#include "base/log.h"
#include "base/text.h"
#include "gen/lambda/errors.h"
#include "services/lambda/limits.h"
#include "services/lambda/versions.h"

namespace haneul::lambda {

namespace {

constexpr const char* kJob = "lambda.prepare";
constexpr size_t kParallelMax = 4;
constexpr int kAttemptsMax = 3;
constexpr std::string_view kBeingCreated = "The function is being created.";

bool is_settled(const Settings& settings) {
  return settings.state.status != kPending && settings.last_update.status != kInProgress;
}

void add_job(store::Tx& tx, const Core& core, const FunctionRef& ref, std::string_view version,
             Timestamp now) {
  core.jobs.add(tx, kJob, now,
                Document::Object{{"account", ref.place.account.str()},
                                 {"region", ref.place.region.str()},
                                 {"name", ref.name},
                                 {"version", std::string(version)}});
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
  add_job(tx, core, ref, fresh.version, now);
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
  add_job(tx, core, ref, latest.version, now);
}

Task<Images::Ptr> ready_image(const Core& core, Resolved& resolved) {
  if (!resolved.in_force) co_return co_await core.images.get(resolved.ref, resolved.settings);
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
  core_.jobs.handle(kJob, kParallelMax, [this](const platform::Job& job) { return handle(job); });
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
    co_await core_.images.get(ref, settings);
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

// Another change may have come in between; it has a job of its own.
void Preparer::conclude(const FunctionRef& ref, const Settings& settings, const Condition& failure) {
  core_.db.write(keys::functions_scope(ref.place), [&](store::Tx& tx) {
    if (settings.version != kLatest) {
      auto now = find_version(tx, ref, settings.version);
      if (!now || now->revision != settings.revision || is_settled(*now)) return;
      put_outcome(*now, failure);
      tx.put(keys::version(ref, *parse_int(settings.version)), encode(*now));
      return;
    }
    auto function = find_function(tx, ref);
    if (!function || function->latest.revision != settings.revision || is_settled(function->latest)) return;
    put_outcome(function->latest, failure);
    if (failure.status.empty() && function->in_force) {
      replace_uses(tx, core_, ref, *function->in_force, {&function->latest});
      function->in_force.reset();
    }
    tx.put(keys::function(ref.place, ref.name), encode(*function));
  });
}

}  // namespace haneul::lambda
