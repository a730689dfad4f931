// The launcher is a small single-threaded privileged process, forked before the server starts threads, that
// makes isolated process trees ("environments") on request over a Unix socket. When the server ends, however
// it ends, the launcher kills every environment and exits; when the launcher ends, every environment dies
// with it and every call that was made fails with kLauncherGone. A client that knows how to make another one
// then does so, and later calls go there.
//
//   LauncherProcess process = LauncherProcess::fork_before_threads({});   // in main(), first thing
//   LauncherClient launcher(std::move(process), launcher_by_command);     // later, threads allowed
//   Environment env = co_await launcher.start(spec);
//   ExitStatus status = co_await launcher.wait(env.id);
//
// Thread rule: all methods from any executor's thread. Every call fails by throwing SandboxError.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "base/fd.h"
#include "base/task/task.h"
#include "sandbox/capabilities_report.h"
#include "sandbox/spec.h"

namespace haneul::sandbox {

struct LauncherConfig {
  std::string cgroup_parent = "haneul";  // below each hierarchy's root (v1) or our own group (v2)
  uint32_t uid_base =
      1'900'000'000;  // each environment has a host user and group id of its own from this range
  uint32_t uid_count = 65'536;
  uint32_t pool_size = 8;  // pre-made network and user namespaces and cgroups
  uint32_t environments_max = 65'536;
  EnvironmentId first_id = 1;  // a later launcher of the same server goes on counting
  // Guarantees that the operator goes without, should they not be possible (sandbox/enforcement.h).
  std::vector<std::string> without;
};

class LauncherProcess {
 public:
  // Must run while the process has one thread. Never fails for lack of privileges: the launcher then refuses
  // each start with the reason, and await_capabilities() tells it. Returns while the launcher still prepares
  // itself, so that the server starts meanwhile. Throws std::system_error when fork fails.
  static LauncherProcess fork_before_threads(const LauncherConfig& config);
  // From any thread of any process: executes this program anew with a command line that
  // run_launcher_command() understands. Throws std::system_error.
  static LauncherProcess execute_self(const LauncherConfig& config);

  pid_t pid() const { return pid_; }
  Fd take_socket() { return std::move(socket_); }
  // What the launcher says of itself and the host once it is ready; waits for it. Called once, before
  // take_socket().
  SandboxCapabilities await_capabilities();
  // The same, for whoever may not begin without; it can be asked again.
  const SandboxCapabilities& peek_capabilities();

 private:
  pid_t pid_ = 0;
  Fd socket_;
  std::optional<SandboxCapabilities> known_;
};

// For main(), before anything else: the exit code when this process was executed to be a launcher.
std::optional<int> run_launcher_command(int argc, char** argv);

// The interface that compute uses; tests put a fake behind it.
class Launcher {
 public:
  virtual ~Launcher() = default;
  // Returns when the main process has been executed inside. The specification is taken by value: it is sent
  // away.
  virtual Task<Environment> start(EnvironmentSpec spec) = 0;
  virtual Task<void> freeze(EnvironmentId id) = 0;  // returns when every process stands still
  virtual Task<void> thaw(EnvironmentId id) = 0;
  virtual Task<void> kill(
      EnvironmentId id) = 0;  // returns when no process is left; unknown ids are already dead
  virtual Task<ExitStatus> wait(
      EnvironmentId id) = 0;  // without deadline; may be called once or often, before or after
  virtual Task<Usage> usage(EnvironmentId id) = 0;
  virtual Task<void> signal(EnvironmentId id, int number, ProgramId program) = 0;  // 0: the main process
  // In an environment with a life of its own: returns when the program has been executed inside.
  virtual Task<Program> run(EnvironmentId id, ProgramSpec program) = 0;
  // How it ended, or the environment with it; without deadline.
  virtual Task<ExitStatus> wait_program(EnvironmentId id, ProgramId program) = 0;
  // Unconnected, non-blocking, TCP: reaches what listens on the environment's own loopback.
  virtual Task<Fd> open_socket(EnvironmentId id) = 0;
  virtual void forget(EnvironmentId id) = 0;  // drops the remembered exit status once it has been read
};

class LauncherClient final : public Launcher {
 public:
  // Makes a launcher that counts environments from this id. Called on a thread of the client's own.
  using Restart = std::function<LauncherProcess(EnvironmentId first_id)>;
  explicit LauncherClient(LauncherProcess process, Restart restart = nullptr);
  ~LauncherClient() override;  // closes the socket: the launcher kills what is left; waits for its end
  const SandboxCapabilities& capabilities() const;
  // Called on a thread of the client's own each time the launcher ended without being asked to.
  void on_launcher_lost(std::function<void()> callback);

  Task<Environment> start(EnvironmentSpec spec) override;
  Task<void> freeze(EnvironmentId id) override;
  Task<void> thaw(EnvironmentId id) override;
  Task<void> kill(EnvironmentId id) override;
  Task<ExitStatus> wait(EnvironmentId id) override;
  Task<Usage> usage(EnvironmentId id) override;
  Task<void> signal(EnvironmentId id, int number, ProgramId program) override;
  Task<Program> run(EnvironmentId id, ProgramSpec program) override;
  Task<ExitStatus> wait_program(EnvironmentId id, ProgramId program) override;
  Task<Fd> open_socket(EnvironmentId id) override;
  void forget(EnvironmentId id) override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace haneul::sandbox
