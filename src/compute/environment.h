// Environment: one execution environment of one function version through its life: init, invocations one at a
// time, frozen in between, and its end. It turns what the process does (answers, exits, silence) into
// Lambda's results and logs. https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
//
// Thread rule: every method on the loop's thread, except those marked. Invariant: stop() has run before
// destruction.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "base/task/completion.h"
#include "base/task/loops.h"
#include "compute/engine.h"
#include "compute/extension_session.h"
#include "compute/java_archives.h"
#include "compute/layers.h"
#include "compute/loop_io.h"
#include "compute/output.h"
#include "compute/platform_log.h"
#include "compute/report.h"
#include "compute/runtime_api.h"
#include "compute/runtime_session.h"
#include "compute/snapshots.h"
#include "compute/start_times.h"
#include "sandbox/launcher.h"

namespace haneul::compute {

// What all environments of an engine share.
struct EnvironmentShared {
  EnvironmentShared(EngineServices used, EngineConfig configured)
      : services(used),
        config(std::move(configured)),
        layers(config.work_directory + "/layers"),
        java_archives(config.work_directory + "/java", config.java_runtime_directory),
        snapshots(config, used.random),
        debug_ports(config.debug, used.launcher, used.loops) {}
  EngineServices services;
  EngineConfig config;
  std::string resolver_file;
  std::string hosts_file;
  LayerMerger layers;
  JavaArchives java_archives;
  Snapshots snapshots;
  DebugPorts debug_ports;
  StartTimes start_times;
  BlockingPool blocking{2};
};

std::shared_ptr<EnvironmentShared> make_shared_parts(const EngineServices& services, EngineConfig config);
uint64_t machine_memory_mb();

struct InitOutcome {
  enum class Kind { kReady, kError, kExited, kExtension, kTimeout, kCannotStart };
  Kind kind = Kind::kReady;
  RuntimeFault fault;  // kError; error_type also for kExited and kExtension
  std::string reason;  // kExited, kExtension: how; kCannotStart: why
  bool out_of_memory = false;
  std::chrono::microseconds duration{0};
  std::chrono::microseconds code_duration{0};  // of a restore: what the function's own code took
};

struct RunTiming {
  std::optional<std::chrono::microseconds> init_duration;  // of a cold start
  std::chrono::microseconds spent{0};                      // of the function's timeout, by a second init
  std::optional<InitOutcome> restore = {};                 // of a cold start from a snapshot
};

class Environment final : public std::enable_shared_from_this<Environment>,
                          private RuntimeSession::Observer,
                          private ExtensionSession::Observer {
 public:
  Environment(std::shared_ptr<EnvironmentShared> shared, Loop& loop,
              std::shared_ptr<const FunctionImage> image, LogSink& sink,
              Initialization initialization = Initialization::kOnDemand);
  ~Environment() override;

  // Also logs how it went. After stop() it may start again.
  Task<InitOutcome> start(std::chrono::milliseconds limit, InitPhase phase);
  // Initialises the version and hands its memory image over; the environment is of no further use.
  Task<InitOutcome> start_for_snapshot(std::chrono::milliseconds limit, SnapshotDraft& draft);
  Task<InitOutcome> restore(SnapshotPtr snapshot, std::chrono::milliseconds limit);
  Task<InvokeResult> run(Invocation invocation, RunTiming timing);
  // The result of an invocation whose environment could not be initialised.
  InvokeResult fail_init(const Invocation& invocation, const InitOutcome& outcome);
  InvokeResult fail_restore(const Invocation& invocation, const InitOutcome& outcome);
  Task<void> stop();
  Task<void> abort();  // kills the processes; a run that waits ends as crashed

  std::string take_log_tail() { return tail_.take(); }
  void begin_idle();                                             // arms the freeze
  Task<void> sample_memory();                                    // asks for the peak, at most now and then
  uint64_t memory_peak_kib() const { return memory_peak_kib_; }  // 0: not sampled yet
  const std::string& log_stream() const { return origin_.stream; }

  // Any thread; constant or atomic.
  Loop& loop() const { return loop_; }
  const FunctionImage& image() const { return *image_; }
  std::shared_ptr<const FunctionImage> shared_image() const { return image_; }
  LogSink& sink() const { return sink_; }
  Initialization initialization() const { return initialization_; }
  bool is_debugged() const { return debug_port_ != 0; }
  Task<bool> wake();  // before it is used again; false: it ended while it was idle
  bool alive() const { return alive_.load(); }
  Timestamp credentials_expire() const { return Timestamp(Milliseconds(credentials_expire_ms_.load())); }

 private:
  enum class Event { kReady, kInitError, kAnswered, kExited, kExtensions, kTimeout };
  struct Process;  // what belongs to one start of the runtime
  struct Launch;   // what is known before it
  struct ExtensionFault {
    std::string type;  // "Extension.Crash"
    std::string how;   // "exit status 1"
  };
  // Of the invocation that runs.
  struct Moments {
    std::chrono::nanoseconds offered{0};
    std::optional<std::chrono::nanoseconds> answering;
    std::optional<std::chrono::nanoseconds> answered;
    std::optional<std::chrono::nanoseconds> runtime_done;
    uint64_t produced_bytes = 0;
  };
  using Beginning = RuntimeSession::Beginning;
  using Answered = std::variant<std::string, RuntimeFault>;

  void on_connected() override;
  void on_ready() override { push(Event::kReady); }
  void on_answering() override { moments_.answering = now(); }
  void on_init_error(RuntimeFault fault) override;
  void on_response(std::string body) override;
  void on_error(RuntimeFault fault) override;
  void on_initialised() override { push(Event::kReady); }
  std::optional<std::string> credentials(std::string_view authorization) override;
  void on_extensions_changed() override;
  void on_subscribed(const std::string& extension, const TelemetrySubscription& what,
                     TelemetryHub::Subscribed how) override;
  void log(std::string line);
  void push(Event event);
  Task<Event> next_event(std::chrono::nanoseconds until);  // a moment of the monotonic clock
  Task<Launch> prepare();
  Task<Event> launch(std::chrono::nanoseconds until);  // kReady: the runtime has been started
  Task<void> watch(sandbox::EnvironmentId id);
  Task<Event> start_extensions(const std::vector<std::string>& names,
                               const std::vector<std::string>& variables, std::chrono::nanoseconds until);
  Task<void> run_program(std::string extension, sandbox::ProgramSpec program);
  Task<void> watch_program(sandbox::EnvironmentId id, sandbox::ProgramId program, std::string extension);
  void extension_ended(const std::string& name, const sandbox::ExitStatus& status);
  Task<Event> await_init(InitPhase phase, std::chrono::nanoseconds until);
  Task<Event> await_image(std::chrono::nanoseconds until);
  void tell_start(InitPhase phase);
  void tell_init(const InitOutcome& outcome, InitPhase phase);
  void tell_restore(const InitOutcome& outcome);
  static void note_restore(InvokeResult& result, const InitOutcome& outcome);
  bool refuses_snapshot(const std::vector<std::string>& extensions);
  std::string_view credentials_token() const;
  InitOutcome init_outcome(Event event) const;
  Task<Event> await_answer(const Invocation& invocation, std::chrono::nanoseconds until);
  void tell_runtime_done(const Invocation& invocation, std::string_view status, std::string_view error_type);
  std::optional<PlatformSpan> extension_overhead(InvokeResult& result, std::chrono::nanoseconds ended) const;
  Timestamp wall_time(std::chrono::nanoseconds moment) const;
  InvokeResult new_result() const;
  void close_log(InvokeResult& result, const Invocation& invocation,
                 const std::optional<PlatformSpan>& extension_overhead);
  void conclude(InvokeResult& result, const Invocation& invocation, Event last);
  void timeout_result(InvokeResult& result, const Invocation& invocation);
  void crash_result(InvokeResult& result, const Invocation& invocation);
  void extension_result(InvokeResult& result, const Invocation& invocation, const ExtensionFault& fault);
  void note_peak(const sandbox::Usage& usage);
  Task<void> end_process(std::string_view reason);
  Task<void> shut_down(std::string_view reason);
  Task<void> terminate_runtime(std::chrono::nanoseconds until);
  Task<void> freeze_now();
  Task<void> thaw_now();
  void settle_output();
  void show_debugger();  // leads the debugger's port here
  std::chrono::milliseconds patience(std::chrono::milliseconds limit) const;
  std::chrono::milliseconds boot_time() const;
  std::chrono::nanoseconds now() const { return shared_->services.clock.monotonic(); }

  std::shared_ptr<EnvironmentShared> shared_;
  Loop& loop_;
  std::shared_ptr<const FunctionImage> image_;
  LogSink& sink_;
  Initialization initialization_;
  uint16_t debug_port_;  // 0: none
  std::string id_;
  LogOrigin origin_;
  LogTail tail_;
  PlatformLog platform_;
  Output output_;
  std::unique_ptr<Process> process_;
  std::optional<sandbox::ExitStatus> exit_;  // of the runtime
  bool is_gone_ = true;                      // no process is left
  bool is_shutting_down_ = false;
  bool is_runtime_told_ = false;  // of this init or invocation: that the runtime is done
  std::optional<ExtensionFault> extension_fault_;
  Moments moments_;
  std::optional<RuntimeFault> init_fault_;
  Beginning beginning_ = Beginning::kInit;
  SnapshotDraft* draft_ = nullptr;  // while a snapshot is taken
  SnapshotPtr snapshot_;            // that it begins from
  std::optional<RoleCredentials> credentials_;
  std::optional<Answered> answered_;
  std::deque<Event> events_;
  std::optional<Completion<Event>> waiting_;
  LoopTimer deadline_;
  LoopTimer freeze_timer_;
  std::optional<Completion<bool>> freezing_;
  bool frozen_ = false;
  bool idle_ = false;  // between begin_idle and the next use: only then may it be frozen
  std::chrono::nanoseconds started_at_{0};
  std::chrono::nanoseconds connected_at_{0};
  sandbox::Origin origin_of_process_ = sandbox::Origin::kExecuted;
  std::chrono::nanoseconds sampled_at_{0};
  uint64_t memory_peak_kib_ = 0;
  std::atomic<bool> alive_{false};
  bool aborted_ = false;  // also before there was a process to kill
  std::atomic<int64_t> credentials_expire_ms_{INT64_MAX};
};

// A background task keeps its environment alive until it is through.
Task<void> keep_alive(std::shared_ptr<Environment> environment, Task<void> task);

// "exit status 1", "signal: killed"; and AWS's sentence around it.
std::string describe_exit(const sandbox::ExitStatus& status);

}  // namespace haneul::compute
