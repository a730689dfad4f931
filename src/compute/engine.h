// Engine: runs invocations in execution environments. One invocation per environment at a time; a new
// environment is made when none is idle; environments freeze between invocations and are reaped when idle for
// long, when their image is outdated, when their credentials run out, or when memory is short.
// https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
//
// Thread rule: invoke from any executor's thread, everything else from any thread.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/task/loops.h"
#include "base/task/task.h"
#include "compute/debug_ports.h"
#include "compute/door.h"
#include "compute/image.h"
#include "compute/invocation.h"
#include "compute/provision_wish.h"
#include "sandbox/guest_launch.h"
#include "sandbox/launcher.h"

namespace haneul::compute {

// Of SnapStart; empty directories: none is taken, and such versions start as others do.
struct SnapshotConfig {
  std::string program_directory;            // runtimes/snapshot, canonical
  std::string directory;                    // where images are kept
  uint64_t bytes_max = uint64_t{16} << 30;  // of all together
};

struct EngineConfig {
  std::string work_directory;            // ours alone: resolver and hosts files, merged layers
  std::string python_runtime_directory;  // runtimes/python, canonical
  std::string node_runtime_directory;    // runtimes/nodejs, canonical
  std::string ruby_runtime_directory;    // runtimes/ruby, canonical
  std::string java_runtime_directory;    // runtimes/java, canonical
  std::string zygote_directory;    // runtimes/zygote, canonical; or empty: every start executes its program
  std::string node_sdk_directory;  // contains node_modules with @aws-sdk; or empty
  std::string ca_bundle_file;      // public roots and our private CA, or empty: no TLS trust inside
  std::chrono::milliseconds idle_timeout{std::chrono::minutes(7)};
  std::chrono::milliseconds sweep_interval{std::chrono::seconds(5)};
  std::chrono::milliseconds freeze_after{50};  // an environment that is used again sooner is not frozen
  std::chrono::milliseconds init_timeout{10'000};
  // Sum over all environments of what each is charged (compute/memory_ledger.h).
  uint64_t memory_mb_max = 0;   // 0: three quarters of the machine's
  size_t environments_max = 0;  // alive at once; 0: no bound but memory
  SnapshotConfig snapshots;
  std::chrono::milliseconds restore_timeout{10'000};
  // Each environment in a virtual machine of its own (docs/security.md), which boots before the runtime
  // starts.
  std::optional<sandbox::GuestKit> guest;
  // Functions that wait for a debugger: one environment each, without time limits, never frozen.
  std::vector<DebugTarget> debug;
};

// Whose a snapshot is.
struct SnapshotName {
  std::string function_arn;
  std::string version;
  std::string revision;
};

// How the taking of a snapshot went.
struct SnapshotOutcome {
  enum class Kind : uint8_t { kReady, kInitError, kTimeout, kOutOfMemory, kEntrypoint, kServer };
  Kind kind = Kind::kReady;
  std::string reason;                   // fit for a person, unless it is kReady
  std::chrono::milliseconds billed{0};  // of the initialisation, when there was one
};

struct EngineServices {
  sandbox::Launcher& launcher;
  Loops& loops;
  const Clock& clock;
  Random& random;
  EndpointDoor* door = nullptr;  // null: no AWS endpoint inside
};

struct EngineStatus {
  size_t idle = 0;
  size_t busy = 0;
  uint64_t memory_mb = 0;
  uint64_t cold_starts = 0;
  uint64_t invocations = 0;
  uint64_t throttles = 0;
  uint32_t provisioned = 0;  // of idle and busy: those that are kept ready
};

class Engine {
 public:
  Engine(EngineServices services, EngineConfig config);
  ~Engine();  // stop() must have run

  Task<InvokeResult> invoke(std::shared_ptr<const FunctionImage> image, Invocation invocation,
                            ConcurrencyLimits limits, LogSink& sink);

  // Initialises the version and keeps its memory image, unless there is one; for all who ask meanwhile once.
  Task<SnapshotOutcome> take_snapshot(std::shared_ptr<const FunctionImage> image, LogSink& sink);
  void drop_snapshots(std::string_view function_arn, std::string_view version);  // empty: of all versions
  std::vector<SnapshotName> snapshots() const;

  // Ends the function's idle environments, of all versions, now and its busy ones after their invocation.
  // Nothing of it is kept ready any more.
  void retire_function(std::string_view function_arn);

  // Keeps environments of the function's versions initialised ahead of invocations, which then begin in them
  // before any other is looked for, and need no token of concurrency. Those that end are replaced.
  void provision(std::string_view function_arn, std::vector<ProvisionWish> wishes, LogSink& sink);
  ProvisionState provisioned(const std::string& image_key) const;
  // Ends every environment and waits for that; invocations that run end as crashed. Later ones are
  // kUnavailable.
  Task<void> stop();
  EngineStatus status() const;
  std::string start_times() const;  // of cold starts by phase, as Prometheus text

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace haneul::compute
