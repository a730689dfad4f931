// The engine: takes or makes an environment, runs the invocation on the environment's loop, and puts it back.
#include "compute/engine.h"

#include <atomic>
#include <thread>

#include "base/log.h"
#include "compute/concurrency.h"
#include "compute/environment.h"
#include "compute/pool.h"
#include "compute/provisioning.h"
#include "compute/snapshot_maker.h"
#include "compute/start_gate.h"

namespace haneul::compute {

namespace {

// A twentieth of the machine stays free, for files that are read again and for what grows unseen.
MemoryLimits memory_limits(const EngineConfig& config) {
  constexpr uint64_t kKibOfMib = 1024;
  return {config.memory_mb_max * kKibOfMib, machine_memory_mb() * kKibOfMib / 20, machine_available_kib};
}

// Environments that are kept ready are renewed this long before their credentials run out; those that nobody
// waits for have this long at least to initialise.
// https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
constexpr std::chrono::minutes kRenewalMargin{5};
constexpr std::chrono::seconds kLongInitMin{130};
constexpr int kRestoreAttempts = 3;
constexpr std::string_view kInitFailure = "FUNCTION_ERROR_INIT_FAILURE";
constexpr std::string_view kNoRoom = "The server has no room for another execution environment.";

// Enough to keep the processors busy while some of the starts wait for the disk.
size_t start_places() { return std::max<size_t>(8, 2 * std::thread::hardware_concurrency()); }

InvokeResult refused(InvokeStatus status, std::string reason) {
  InvokeResult result;
  result.status = status;
  result.reason = std::move(reason);
  return result;
}

}  // namespace

struct Engine::Impl : std::enable_shared_from_this<Impl> {
  enum class Start { kCold, kWarm };
  // An environment for one invocation, or why there is none.
  struct Obtained {
    EnvironmentPtr environment;
    Start start = Start::kWarm;
    StartGate::Pass pass;  // of a cold start
    InvokeResult refusal;
  };
  Impl(const EngineServices& services, EngineConfig config)
      : shared(make_shared_parts(services, std::move(config))),
        pool(memory_limits(shared->config), shared->config.environments_max) {}

  Loop& pick_loop() {
    auto* current = dynamic_cast<Loop*>(Executor::current());
    return current != nullptr ? *current : shared->services.loops.next();
  }

  void dispose(const std::vector<EnvironmentPtr>& doomed) {
    for (const EnvironmentPtr& each : doomed) {
      if (each->initialization() == Initialization::kProvisioned) provisioning.lost(*each);
      spawn(each->loop(), "dispose environment", end(shared_from_this(), each));
    }
  }

  static Task<void> end(std::shared_ptr<Impl> self, EnvironmentPtr environment) {
    co_await environment->stop();
    self->pool.gone(environment);
    if (self->stopping && self->pool.counts().all == 0) self->drained.set(true);
  }

  void sweep() {
    const Timestamp now = shared->services.clock.now();
    dispose(pool.take_idle_since(now - shared->config.idle_timeout));
    dispose(pool.relieve());
    dispose(pool.take_kept([now](const Environment& each) {
      return !each.alive() || each.credentials_expire() <= now + each.image().timeout + kRenewalMargin;
    }));
    provide();
    provisioning.tell_kept(shared->services.clock.monotonic());
    schedule_sweep();
  }

  void schedule_sweep() {
    shared->services.loops.at(0).post_after(shared->config.sweep_interval, [weak = weak_from_this()] {
      const auto self = weak.lock();
      if (self && !self->stopping) self->sweep();
    });
  }

  // Init, and once more when it fails, as AWS does: the second time belongs to the invocation.
  Task<InvokeResult> first_run(EnvironmentPtr environment, Invocation invocation, StartGate::Pass pass);
  Task<InvokeResult> first_restored_run(EnvironmentPtr environment, Invocation invocation,
                                        StartGate::Pass pass);
  Task<Obtained> obtain(std::shared_ptr<const FunctionImage> image, LogSink& sink);
  EnvironmentPtr take_idle(const FunctionImage& image, Initialization kind = Initialization::kOnDemand);
  Obtained make(const std::shared_ptr<const FunctionImage>& image, LogSink& sink,
                Initialization kind = Initialization::kOnDemand);
  void provide();  // starts and ends environments that are kept ready, as wanted
  static Task<void> provide_one(std::shared_ptr<Impl> self, Provisioning::Start start);
  Task<std::optional<Provisioning::Failure>> initialise_ahead(EnvironmentPtr environment,
                                                              StartGate::Pass pass);
  void provide_later(std::chrono::milliseconds pause);
  Task<InvokeResult> serve(Obtained obtained, Invocation invocation);
  static Task<void> drive(std::shared_ptr<Impl> self, Obtained obtained, Invocation invocation,
                          Completion<InvokeResult> done);

  Task<bool> begins_from_snapshot(std::shared_ptr<const FunctionImage> image, LogSink& sink);
  Task<SnapshotOutcome> make_snapshot(std::shared_ptr<const FunctionImage> image, LogSink& sink);

  std::shared_ptr<EnvironmentShared> shared;
  std::shared_ptr<SnapshotMaker> snapshot_maker = std::make_shared<SnapshotMaker>(
      shared->snapshots, [this](std::shared_ptr<const FunctionImage> image, LogSink& sink) {
        return make_snapshot(std::move(image), sink);
      });
  Pool pool;
  Concurrency concurrency;
  Concurrency debugged;  // of functions under a debugger: one each, whatever is set aside for them
  Provisioning provisioning;
  std::shared_ptr<StartGate> gate = std::make_shared<StartGate>(start_places(), machine_is_busy);
  Completion<bool> drained;
  std::atomic<bool> stopping{false};
  std::atomic<uint64_t> cold_starts{0};
  std::atomic<uint64_t> invocations{0};
  std::atomic<uint64_t> throttles{0};
};

Task<InvokeResult> Engine::Impl::first_run(EnvironmentPtr environment, Invocation invocation,
                                           StartGate::Pass pass) {
  if (environment->initialization() == Initialization::kSnapStart)
    co_return co_await first_restored_run(environment, std::move(invocation), std::move(pass));
  if (environment->is_debugged()) pass.give_up();  // others need not wait for a person
  InitOutcome init = co_await environment->start(shared->config.init_timeout, InitPhase::kInit);
  pass.give_up();
  using Kind = InitOutcome::Kind;
  if (init.kind == Kind::kReady)
    co_return co_await environment->run(std::move(invocation), {init.duration, {}});
  if (init.kind == Kind::kCannotStart) co_return refused(InvokeStatus::kUnavailable, init.reason);
  init = co_await environment->start(environment->image().timeout, InitPhase::kInvoke);
  if (init.kind == Kind::kReady)
    co_return co_await environment->run(std::move(invocation), {{}, init.duration});
  if (init.kind == Kind::kCannotStart) co_return refused(InvokeStatus::kUnavailable, init.reason);
  co_return environment->fail_init(invocation, init);
}

Task<InvokeResult> Engine::Impl::first_restored_run(EnvironmentPtr environment, Invocation invocation,
                                                    StartGate::Pass pass) {
  using Kind = InitOutcome::Kind;
  InitOutcome restored;
  restored.kind = Kind::kCannotStart;
  restored.reason = "the version's snapshot is gone";
  // It may be dropped, for the room that another one needs, just before it is mounted.
  for (int left = kRestoreAttempts; left > 0 && restored.kind == Kind::kCannotStart; --left) {
    SnapshotPtr snapshot = co_await shared->snapshots.find(environment->image());
    if (snapshot) {
      restored = co_await environment->restore(std::move(snapshot), shared->config.restore_timeout);
    } else {
      pass.give_up();
      co_await snapshot_maker->take(environment->shared_image(), environment->sink());
    }
  }
  pass.give_up();
  if (restored.kind == Kind::kReady)
    co_return co_await environment->run(std::move(invocation),
                                        {.init_duration = {}, .spent = {}, .restore = restored});
  if (restored.kind == Kind::kCannotStart) co_return refused(InvokeStatus::kUnavailable, restored.reason);
  co_return environment->fail_restore(invocation, restored);
}

EnvironmentPtr Engine::Impl::take_idle(const FunctionImage& image, Initialization kind) {
  Pool::Taken taken = pool.take(image, kind, shared->services.clock.now(), Executor::current());
  dispose(taken.doomed);
  return std::move(taken.environment);
}

Engine::Impl::Obtained Engine::Impl::make(const std::shared_ptr<const FunctionImage>& image, LogSink& sink,
                                          Initialization kind) {
  Obtained made;
  const Pool::Room room = pool.make_room(*image);
  dispose(room.doomed);
  if (stopping) {
    made.refusal = refused(InvokeStatus::kUnavailable, "the engine is stopping");
    return made;
  }
  if (!room.granted) {
    if (kind != Initialization::kProvisioned) ++throttles;
    log_warning("no room for another execution environment",
                {{"lacking", std::string(room.lacking)}, {"function", image->function_arn}});
    made.refusal = refused(InvokeStatus::kThrottled, "ConcurrentInvocationLimitExceeded");
    return made;
  }
  made.start = Start::kCold;
  made.environment = std::make_shared<Environment>(shared, pick_loop(), image, sink, kind);
  if (pool.add(made.environment, room.charge_kib) == Pool::Added::kClosed) {
    made.environment.reset();
    made.refusal = refused(InvokeStatus::kUnavailable, "the engine is stopping");
  }
  return made;
}

// Whoever cannot begin so begins as others do.
Task<bool> Engine::Impl::begins_from_snapshot(std::shared_ptr<const FunctionImage> image, LogSink& sink) {
  const bool is_debugged = shared->debug_ports.port_of(image->function_name) != 0;
  if (!image->has_snapshot || !shared->snapshots.enabled() || is_debugged) co_return false;
  const SnapshotOutcome taken = co_await snapshot_maker->take(image, sink);
  if (taken.kind == SnapshotOutcome::Kind::kReady) co_return true;
  log_warning("a version begins without its snapshot", {{"version", image->key()}, {"reason", taken.reason}});
  co_return false;
}

Task<SnapshotOutcome> Engine::Impl::make_snapshot(std::shared_ptr<const FunctionImage> image, LogSink& sink) {
  using Kind = SnapshotOutcome::Kind;
  StartGate::Entry entry = co_await gate->enter("snapshot " + image->key(), StartGate::Place::kBack);
  if (entry.turn != StartGate::Turn::kEnter)
    co_return SnapshotOutcome{Kind::kServer, "the engine is stopping"};
  const Obtained made = make(image, sink, Initialization::kSnapStart);
  if (!made.environment) co_return SnapshotOutcome{Kind::kServer, made.refusal.reason};
  SnapshotDraft draft = shared->snapshots.begin();
  SnapshotOutcome outcome;
  try {
    const auto limit = std::max<std::chrono::milliseconds>(kLongInitMin, image->timeout);
    outcome = snapshot_outcome(co_await made.environment->start_for_snapshot(limit, draft));
    if (outcome.kind == Kind::kReady) co_await shared->snapshots.keep(*image, draft);
  } catch (const std::exception& error) {
    outcome = {Kind::kServer, error.what()};
  }
  if (outcome.kind != Kind::kReady) shared->snapshots.discard(draft);
  pool.retire(made.environment);
  if (pool.give_back(made.environment, shared->services.clock.now()) == Pool::Fate::kDoomed)
    dispose({made.environment});
  co_return outcome;
}

Task<Engine::Impl::Obtained> Engine::Impl::obtain(std::shared_ptr<const FunctionImage> image, LogSink& sink) {
  Obtained obtained;
  StartGate::Place place = StartGate::Place::kBack;
  auto kind = Initialization::kOnDemand;
  for (bool is_first = true;; is_first = false) {
    obtained.environment = take_idle(*image);
    if (obtained.environment) co_return obtained;
    if (is_first && co_await begins_from_snapshot(image, sink)) kind = Initialization::kSnapStart;
    StartGate::Entry entry = co_await gate->enter(image->key(), place);
    if (entry.turn == StartGate::Turn::kClosed) {
      obtained.refusal = refused(InvokeStatus::kUnavailable, "the engine is stopping");
      co_return obtained;
    }
    if (entry.turn == StartGate::Turn::kEnter) {
      obtained.environment = take_idle(*image);
      if (obtained.environment) co_return obtained;
      obtained = make(image, sink, kind);
      obtained.pass = std::move(entry.pass);
      co_return obtained;
    }
    place = StartGate::Place::kFront;
  }
}

Task<InvokeResult> Engine::Impl::serve(Obtained obtained, Invocation invocation) {
  const EnvironmentPtr environment = obtained.environment;
  Start start = obtained.start;
  InvokeResult result;
  try {
    if (start == Start::kWarm && !(co_await environment->wake())) {
      // It ended between being idle and being taken: it starts anew, and the caller need not know.
      co_await environment->stop();
      start = Start::kCold;
    }
    if (start == Start::kCold) {
      ++cold_starts;
      result = co_await first_run(environment, std::move(invocation), std::move(obtained.pass));
    } else {
      result = co_await environment->run(std::move(invocation), {});
    }
  } catch (const std::exception& error) {
    result = refused(InvokeStatus::kUnavailable, error.what());
  }
  if (result.status == InvokeStatus::kUnavailable) {
    log_error("an invocation could not be run",
              {{"function", environment->image().function_arn}, {"reason", result.reason}});
  }
  const bool is_kept = environment->initialization() == Initialization::kProvisioned;
  if (is_kept && provisioning.judge(*environment) == Provisioning::Verdict::kDrop) pool.retire(environment);
  if (pool.give_back(environment, shared->services.clock.now()) == Pool::Fate::kDoomed) {
    dispose({environment});
    if (is_kept) provide();
  } else {
    environment->begin_idle();
    if (!is_kept) gate->look_again(environment->image().key());
  }
  co_return result;
}

void Engine::Impl::provide() {
  dispose(pool.take_kept(
      [this](const Environment& each) { return provisioning.judge(each) == Provisioning::Verdict::kDrop; }));
  concurrency.set_aside(provisioning.set_aside());
  if (stopping) return;
  for (Provisioning::Start& start : provisioning.take_due(shared->services.clock.now())) {
    spawn(shared->services.loops.next(), "provision environment",
          provide_one(shared_from_this(), std::move(start)));
  }
}

void Engine::Impl::provide_later(std::chrono::milliseconds pause) {
  shared->services.loops.at(0).post_after(pause, [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (self && !self->stopping) self->provide();
  });
}

// Why it could not be, or nothing.
Task<std::optional<Provisioning::Failure>> Engine::Impl::initialise_ahead(EnvironmentPtr environment,
                                                                          StartGate::Pass pass) {
  using Cause = Provisioning::Cause;
  const auto limit = std::max<std::chrono::milliseconds>(kLongInitMin, environment->image().timeout);
  const InitOutcome init = co_await environment->start(limit, InitPhase::kInit);
  pass.give_up();
  if (init.kind == InitOutcome::Kind::kReady) {
    co_await environment->sample_memory();
    co_return std::nullopt;
  }
  if (init.kind == InitOutcome::Kind::kCannotStart)
    co_return Provisioning::Failure{Cause::kServer, init.reason};
  co_return Provisioning::Failure{Cause::kFunction, std::string(kInitFailure)};
}

Task<void> Engine::Impl::provide_one(std::shared_ptr<Impl> self, Provisioning::Start start) {
  Obtained made;
  std::optional<Provisioning::Failure> failure =
      Provisioning::Failure{Provisioning::Cause::kServer, "the engine is stopping"};
  try {
    // A key of its own: no environment that becomes idle makes this start needless.
    StartGate::Entry entry =
        co_await self->gate->enter("provisioned " + start.image->key(), StartGate::Place::kBack);
    if (entry.turn == StartGate::Turn::kEnter) {
      made = self->make(start.image, *start.sink, Initialization::kProvisioned);
      if (made.refusal.status == InvokeStatus::kThrottled) failure->reason = kNoRoom;
      if (made.environment)
        failure = co_await self->initialise_ahead(made.environment, std::move(entry.pass));
    }
  } catch (const std::exception& error) {
    failure->reason = error.what();
  }
  const Timestamp now = self->shared->services.clock.now();
  bool is_kept = !failure;
  if (is_kept) {
    is_kept = self->provisioning.started(*made.environment) == Provisioning::Verdict::kKeep;
  } else {
    self->provide_later(self->provisioning.failed(*start.image, *failure, now));
  }
  if (made.environment) {
    if (!is_kept) self->pool.retire(made.environment);
    if (self->pool.give_back(made.environment, now) == Pool::Fate::kDoomed) {
      self->dispose({made.environment});
    } else {
      made.environment->begin_idle();
    }
  }
  self->provide();
}

Task<void> Engine::Impl::drive(std::shared_ptr<Impl> self, Obtained obtained, Invocation invocation,
                               Completion<InvokeResult> done) {
  done.set(co_await self->serve(std::move(obtained), std::move(invocation)));
}

Engine::Engine(EngineServices services, EngineConfig config)
    : impl_(std::make_shared<Impl>(services, std::move(config))) {
  impl_->schedule_sweep();
}

Engine::~Engine() { impl_->stopping = true; }

Task<InvokeResult> Engine::invoke(std::shared_ptr<const FunctionImage> image, Invocation invocation,
                                  ConcurrencyLimits limits, LogSink& sink) {
  const std::shared_ptr<Impl> impl = impl_;
  if (impl->stopping) co_return refused(InvokeStatus::kUnavailable, "the engine is stopping");
  Impl::Obtained obtained;
  Concurrency::Token token;
  // Two under one debugger would be one too many; what is kept ready has none.
  const bool is_debugged = impl->shared->debug_ports.port_of(image->function_name) != 0;
  if (is_debugged) limits.reserved = std::min<uint32_t>(limits.reserved.value_or(1), 1);
  if (impl->provisioning.any() && !is_debugged)
    obtained.environment = impl->take_idle(*image, Initialization::kProvisioned);
  if (!obtained.environment) {
    auto granted = (is_debugged ? impl->debugged : impl->concurrency).acquire(*image, limits);
    if (const auto* no = std::get_if<Concurrency::Refused>(&granted)) {
      ++impl->throttles;
      co_return refused(InvokeStatus::kThrottled, no->reason);
    }
    token = std::get<Concurrency::Token>(std::move(granted));
  }
  ++impl->invocations;
  if (!obtained.environment) obtained = co_await impl->obtain(image, sink);
  if (!obtained.environment) co_return std::move(obtained.refusal);
  Loop& loop = obtained.environment->loop();
  if (&loop == Executor::current()) {
    co_return co_await impl->serve(std::move(obtained), std::move(invocation));
  }
  const Completion<InvokeResult> done;
  spawn(loop, "invoke", Impl::drive(impl, std::move(obtained), std::move(invocation), done));
  InvokeResult result = *(co_await done.wait_forever());
  result.home = &loop;
  co_return result;
}

Task<SnapshotOutcome> Engine::take_snapshot(std::shared_ptr<const FunctionImage> image, LogSink& sink) {
  const std::shared_ptr<Impl> impl = impl_;
  if (impl->stopping) co_return SnapshotOutcome{SnapshotOutcome::Kind::kServer, "the engine is stopping"};
  co_return co_await impl->snapshot_maker->take(std::move(image), sink);
}

void Engine::drop_snapshots(std::string_view function_arn, std::string_view version) {
  impl_->shared->snapshots.drop(function_arn, version);
}

std::vector<SnapshotName> Engine::snapshots() const { return impl_->shared->snapshots.names(); }

void Engine::provision(std::string_view function_arn, std::vector<ProvisionWish> wishes, LogSink& sink) {
  impl_->provisioning.want(function_arn, std::move(wishes), sink);
  impl_->provide();
}

ProvisionState Engine::provisioned(const std::string& image_key) const {
  return impl_->provisioning.state(image_key);
}

void Engine::retire_function(std::string_view function_arn) {
  impl_->provisioning.forget(function_arn);
  impl_->dispose(impl_->pool.retire_function(function_arn));
}

Task<void> Engine::stop() {
  const std::shared_ptr<Impl> impl = impl_;
  if (impl->stopping.exchange(true)) co_return;
  impl->gate->close();
  impl->shared->debug_ports.stop();
  std::vector<EnvironmentPtr> busy;
  impl->dispose(impl->pool.close(busy));
  for (const EnvironmentPtr& each : busy) {
    auto abort = [](EnvironmentPtr environment) -> Task<void> { co_await environment->abort(); };
    spawn(each->loop(), "abort environment", abort(each));
  }
  if (impl->pool.counts().all > 0) co_await impl->drained.wait_forever();
  co_await impl->shared->java_archives.stop(impl->shared->services.launcher);
}

std::string Engine::start_times() const { return impl_->shared->start_times.text(); }

EngineStatus Engine::status() const {
  const Pool::Counts counts = impl_->pool.counts();
  return EngineStatus{
      counts.idle,        counts.all - counts.idle, counts.memory_mb,           impl_->cold_starts,
      impl_->invocations, impl_->throttles,         impl_->provisioning.ready()};
}

}  // namespace haneul::compute
