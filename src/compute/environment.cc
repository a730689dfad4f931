// Life of an execution environment: start, events, freeze, end. What an invocation results in is in
// environment_run.cc.
#include "compute/environment.h"

#include "base/log.h"
#include "base/text.h"
#include "compute/environment_process.h"
#include "compute/process_spec.h"
#include "compute/variables.h"

namespace haneul::compute {

using std::chrono::duration_cast;
using std::chrono::microseconds;

namespace {

std::optional<InitStatus> failure_of(const InitOutcome& outcome) {
  using Kind = InitOutcome::Kind;
  if (outcome.kind == Kind::kReady) return std::nullopt;
  return outcome.kind == Kind::kTimeout ? InitStatus::kTimeout : InitStatus::kError;
}

LogOrigin make_origin(const EnvironmentShared& shared, const FunctionImage& image, std::string_view id) {
  return {image.account, image.region, image.log_group,
          make_log_stream(shared.services.clock.now(), image.version, id), image.function_arn};
}

}  // namespace

Task<void> keep_alive(std::shared_ptr<Environment> environment, Task<void> task) {
  co_await std::move(task);
  environment.reset();
}

Environment::Environment(std::shared_ptr<EnvironmentShared> shared, Loop& loop,
                         std::shared_ptr<const FunctionImage> image, LogSink& sink,
                         Initialization initialization)
    : shared_(std::move(shared)),
      loop_(loop),
      image_(std::move(image)),
      sink_(sink),
      initialization_(initialization),
      debug_port_(initialization == Initialization::kOnDemand
                      ? shared_->debug_ports.port_of(image_->function_name)
                      : 0),
      id_(shared_->services.random.hex(32)),
      origin_(make_origin(*shared_, *image_, id_)),
      platform_(*image_, initialization_, shared_->services.clock, origin_.stream,
                [this](std::string line) { log(std::move(line)); }),
      output_(OutputLimits{},
              [this](std::string event) { platform_.line(TelemetryType::kFunction, std::move(event)); }),
      deadline_(loop),
      freeze_timer_(loop) {}

Environment::~Environment() { HANEUL_CHECK(!process_, "an environment is stopped before it is destroyed"); }

void Environment::log(std::string line) {
  tail_.append(line);
  line += '\n';
  sink_.append(origin_, shared_->services.clock.now(), line);
}

void Environment::on_connected() {
  if (connected_at_ == std::chrono::nanoseconds(0)) connected_at_ = now();
}

void Environment::on_init_error(RuntimeFault fault) {
  init_fault_ = std::move(fault);
  push(Event::kInitError);
}

void Environment::on_response(std::string body) {
  moments_.answered = now();
  moments_.produced_bytes = body.size();
  answered_ = std::move(body);
  push(Event::kAnswered);
}

void Environment::on_error(RuntimeFault fault) {
  moments_.answered = now();
  moments_.produced_bytes = fault.body.size();
  answered_ = std::move(fault);
  push(Event::kAnswered);
}

void Environment::push(Event event) {
  if (event == Event::kExited) alive_ = false;
  if (waiting_) {
    const Completion<Event> waiter = *std::exchange(waiting_, std::nullopt);
    deadline_.cancel();  // now, not when the waiter resumes: it must not hear of a time that no longer counts
    waiter.set(event);
  } else {
    events_.push_back(event);
  }
}

Task<Environment::Event> Environment::next_event(std::chrono::nanoseconds until) {
  if (!events_.empty()) {
    const Event event = events_.front();
    events_.pop_front();
    co_return event;
  }
  const auto left = until - now();
  if (left <= std::chrono::nanoseconds(0)) co_return Event::kTimeout;
  const Completion<Event> happened;
  waiting_ = happened;
  deadline_.arm(std::chrono::ceil<std::chrono::milliseconds>(left), [this] { push(Event::kTimeout); });
  co_return *(co_await happened.wait_forever());
}

Task<InitOutcome> Environment::start(std::chrono::milliseconds limit, InitPhase phase) {
  const auto begin = now();
  limit = patience(limit) + boot_time();
  events_.clear();
  exit_.reset();
  init_fault_.reset();
  extension_fault_.reset();
  answered_.reset();
  is_runtime_told_ = false;
  tell_start(phase);
  InitOutcome outcome;
  try {
    Event event = co_await launch(begin + limit);
    if (event == Event::kReady) event = co_await await_init(phase, begin + limit);
    if (event == Event::kReady && draft_ != nullptr) event = co_await await_image(begin + limit);
    outcome = init_outcome(event);
  } catch (const EntrypointError& error) {
    outcome.kind = InitOutcome::Kind::kError;
    outcome.fault = {error_document("Runtime.InvalidEntrypoint", std::string("Error: ") + error.what()),
                     "Runtime.InvalidEntrypoint"};
    platform_.fault(std::string(error.what()) + "\nRuntime.InvalidEntrypoint");
  } catch (const std::exception& error) {
    outcome.kind = InitOutcome::Kind::kCannotStart;
    outcome.reason = error.what();
  }
  outcome.duration = duration_cast<microseconds>(now() - begin);
  if (connected_at_.count() != 0) outcome.code_duration = duration_cast<microseconds>(now() - connected_at_);
  if (outcome.kind == InitOutcome::Kind::kReady) {
    if (beginning_ != Beginning::kSnapshot) {
      const bool is_restored = beginning_ == Beginning::kRestored;
      shared_->start_times.record(image_->runtime.family,
                                  is_restored ? StartWay::kRestored : way_of(origin_of_process_),
                                  {started_at_ - begin, connected_at_ - started_at_, now() - connected_at_});
    }
    settle_output();
    tell_init(outcome, phase);
  } else {
    co_await end_process("failure");
    if (outcome.kind == InitOutcome::Kind::kExited && exit_) outcome.out_of_memory = exit_->oom_killed;
    tell_init(outcome, phase);
    co_await stop();
  }
  co_return outcome;
}

Task<Environment::Event> Environment::await_init(InitPhase phase, std::chrono::nanoseconds until) {
  for (bool is_runtime_ready = false;;) {
    const Event event = co_await next_event(until);
    if (extension_fault_) co_return Event::kExtensions;
    if (event != Event::kReady && event != Event::kExtensions) co_return event;
    if (event == Event::kReady) {
      is_runtime_ready = true;
      process_->extensions.close_registration();
      if (process_->extensions.empty()) process_->hub.end_history();
      if (beginning_ != Beginning::kRestored) platform_.init_done(phase, std::nullopt, {});
      is_runtime_told_ = true;
    }
    if (is_runtime_ready && process_->extensions.all_ready()) co_return Event::kReady;
  }
}

void Environment::tell_init(const InitOutcome& outcome, InitPhase phase) {
  using Kind = InitOutcome::Kind;
  if (outcome.kind == Kind::kCannotStart) return;
  if (beginning_ == Beginning::kRestored) return tell_restore(outcome);
  if (outcome.kind == Kind::kReady && beginning_ == Beginning::kSnapshot)
    platform_.snapshot_taken(outcome.duration);
  const std::optional<InitStatus> failure = failure_of(outcome);
  const std::string& error_type = outcome.fault.error_type;
  if (!is_runtime_told_) platform_.init_done(phase, failure, error_type);
  if (process_) {
    for (const auto& each : process_->extensions.all()) platform_.extension(*each);
  }
  platform_.init_report(phase, outcome.duration, failure, error_type);
  if (!process_) return;
  process_->extensions.end_init();
  process_->hub.end_history();
}

InitOutcome Environment::init_outcome(Event event) const {
  InitOutcome outcome;
  switch (event) {
    case Event::kReady: break;
    case Event::kInitError:
      outcome.kind = InitOutcome::Kind::kError;
      outcome.fault = *init_fault_;
      break;
    case Event::kExited:
      outcome.kind = InitOutcome::Kind::kExited;
      outcome.reason = describe_exit(*exit_);
      outcome.fault.error_type = exit_->oom_killed ? "Runtime.OutOfMemory" : "Runtime.ExitError";
      break;
    case Event::kExtensions:
      outcome.kind = InitOutcome::Kind::kExtension;
      outcome.reason = extension_fault_->how;
      outcome.fault.error_type = extension_fault_->type;
      break;
    case Event::kAnswered:
    case Event::kTimeout: outcome.kind = InitOutcome::Kind::kTimeout; break;
  }
  return outcome;
}

struct Environment::Launch {
  sandbox::EnvironmentSpec spec;
  std::vector<std::string> extensions;
  sandbox::ProgramSpec runtime;  // with extensions; else the specification has it
};

Task<Environment::Launch> Environment::prepare() {
  EnvironmentShared& shared = *shared_;
  if (image_->credentials) {
    credentials_ = image_->credentials();
    credentials_expire_ms_ = credentials_->expires.time_since_epoch().count();
  }
  std::string opt = image_->layer_directories.size() == 1 ? image_->layer_directories.front() : std::string();
  if (image_->layer_directories.size() > 1) {
    opt = co_await shared.blocking.run([this] { return shared_->layers.merged(image_->layer_directories); });
  }
  std::string java_archive;
  if (image_->runtime.family == RuntimeFamily::kJava) {
    java_archive = shared.java_archives.find(image_->runtime);
    if (java_archive.empty()) {
      shared.java_archives.want(image_->runtime, shared.services.launcher, shared.services.loops);
    }
  }
  Launch launch;
  launch.extensions = list_extensions(opt);
  auto variables =
      make_variables({*image_, origin_.stream, credentials_, !shared.config.ca_bundle_file.empty(),
                      initialization_, credentials_token()});
  auto spec = make_spec({shared.config, *image_, std::move(opt), shared.resolver_file, shared.hosts_file,
                         std::move(java_archive), std::move(variables), debug_port_, draft_ != nullptr,
                         snapshot_ ? snapshot_->directory : std::string()});
  if (const auto* missing = std::get_if<EntrypointMissing>(&spec)) throw EntrypointError(missing->message);
  launch.spec = std::get<sandbox::EnvironmentSpec>(std::move(spec));
  if (!launch.extensions.empty()) launch.runtime = give_life_of_its_own(launch.spec);
  co_return launch;
}

Task<Environment::Event> Environment::launch(std::chrono::nanoseconds until) {
  Launch launch = co_await prepare();
  if (refuses_snapshot(launch.extensions)) co_return Event::kInitError;
  if (shared_->config.guest && !launch.extensions.empty()) {
    extension_fault_ =
        ExtensionFault{"Extension.LaunchError",
                       "external extensions do not run in virtual machines: " + launch.extensions.front()};
    co_return Event::kExtensions;
  }
  sandbox::Environment made = co_await shared_->services.launcher.start(std::move(launch.spec));
  started_at_ = now();
  connected_at_ = {};
  origin_of_process_ = made.origin;
  alive_ = true;
  is_gone_ = false;
  is_shutting_down_ = false;
  process_ = std::make_unique<Process>(*this, made.id);
  process_->session.expect(beginning_);
  show_debugger();
  process_->hub.keep_history();
  if (shared_->config.guest) process_->hub.close_off();
  platform_.attach(&process_->hub);
  process_->open(std::move(made), id_, shared_->services.door);
  spawn(loop_, "watch environment", keep_alive(shared_from_this(), watch(process_->id)));
  if (aborted_) throw std::runtime_error("the engine is stopping");
  if (launch.extensions.empty()) co_return Event::kReady;
  const Event event = co_await start_extensions(launch.extensions, launch.runtime.environment, until);
  if (event == Event::kReady) co_await run_program({}, std::move(launch.runtime));
  co_return event;
}

Task<void> Environment::watch(sandbox::EnvironmentId id) {
  sandbox::ExitStatus status;
  try {
    status = co_await shared_->services.launcher.wait(id);
  } catch (const sandbox::SandboxError&) {
    status.signal = 9;  // the launcher has ended, and every environment with it
  }
  if (!process_ || process_->id != id) co_return;
  is_gone_ = true;
  if (!exit_) exit_ = status;
  push(Event::kExited);
}

Task<void> Environment::end_process(std::string_view reason) {
  if (!process_) co_return;
  alive_ = false;
  co_await shut_down(reason);
  if (is_gone_) co_return settle_output();
  try {
    co_await shared_->services.launcher.kill(process_->id);
  } catch (const sandbox::SandboxError& error) {
    // Without its launcher it has ended already.
    if (error.kind() != sandbox::SandboxError::Kind::kLauncherGone) {
      log_warning("an execution environment could not be killed",
                  {{"environment", id_}, {"reason", error.what()}});
    }
  }
  const auto give_up = now() + std::chrono::seconds(5);
  while (!is_gone_ && co_await next_event(give_up) != Event::kTimeout) {
  }
  settle_output();
}

Task<void> Environment::stop() {
  freeze_timer_.cancel();
  if (freezing_) co_await freezing_->wait_forever();
  co_await end_process(exit_ || extension_fault_ ? "failure" : "spindown");
  alive_ = false;
  frozen_ = false;
  platform_.attach(nullptr);
  if (!process_) co_return;
  const sandbox::EnvironmentId ended = process_->id;
  if (shared_->services.door != nullptr) shared_->services.door->close(id_);
  process_.reset();
  shared_->debug_ports.forget(ended);
  shared_->services.launcher.forget(ended);
}

Task<void> Environment::abort() {
  aborted_ = true;
  if (!process_) co_return;
  try {
    co_await shared_->services.launcher.kill(process_->id);
  } catch (const sandbox::SandboxError&) {
    // Gone already: the watcher tells.
  }
}

void Environment::settle_output() {
  if (process_) process_->settle();
  output_.flush(now());
}

void Environment::begin_idle() {
  idle_ = true;
  if (is_debugged()) return;  // who stands still answers no debugger
  freeze_timer_.arm(shared_->config.freeze_after, [this] {
    spawn(loop_, "freeze environment", keep_alive(shared_from_this(), freeze_now()));
  });
}

void Environment::show_debugger() {
  if (is_debugged()) shared_->debug_ports.lead_to(debug_port_, process_->id);
}

// While a person looks at it, time does not count, nor before.
std::chrono::milliseconds Environment::patience(std::chrono::milliseconds limit) const {
  constexpr std::chrono::hours kAsLongAsItTakes{365 * 24};
  return is_debugged() ? kAsLongAsItTakes : limit;
}

// What a virtual machine takes to boot is not the function's time.
std::chrono::milliseconds Environment::boot_time() const {
  constexpr std::chrono::seconds kBoots{10};
  constexpr std::chrono::seconds kBootsEmulated{60};
  const auto& guest = shared_->config.guest;
  if (!guest) return std::chrono::milliseconds(0);
  return guest->accelerator == sandbox::Accelerator::kKvm ? kBoots : kBootsEmulated;
}

Task<void> Environment::freeze_now() {
  // It may have been put to use after the timer had fired and before this began.
  if (!idle_ || !process_ || frozen_ || freezing_ || !alive_) co_return;
  const Completion<bool> done;
  freezing_ = done;
  process_->hub.pause();
  try {
    co_await shared_->services.launcher.freeze(process_->id);
    frozen_ = true;
  } catch (const sandbox::SandboxError&) {
    process_->hub.resume();  // it has just ended; the watcher tells
  }
  freezing_.reset();
  done.set(true);
}

Task<bool> Environment::wake() {
  if (!alive()) co_return false;
  try {
    co_await thaw_now();
  } catch (const sandbox::SandboxError&) {
    co_return false;
  }
  co_return alive();
}

Task<void> Environment::thaw_now() {
  idle_ = false;
  freeze_timer_.cancel();
  if (freezing_) {
    const Completion<bool> done = *freezing_;
    co_await done.wait_forever();
  }
  if (!frozen_) co_return;
  frozen_ = false;
  co_await shared_->services.launcher.thaw(process_->id);
  process_->hub.resume();
}

}  // namespace haneul::compute
