// What runs in a new environment before and beside the tenant's program: the steps that take the process from
// the launcher's privileges to none, in the one order that works, then a minimal init (process 1) that starts
// the main process, collects orphans and reports the end. When init ends the kernel kills everything else in
// the environment.
#pragma once

#include <cstdint>
#include <vector>

#include <signal.h>

#include "base/fd.h"
#include "sandbox/seccomp_filter.h"
#include "sandbox/spec.h"

namespace haneul::sandbox {

// One datagram from the environment to the launcher.
struct StatusMessage {
  enum class Kind : uint8_t { kMainProcess = 1, kStarted, kFailed, kEnded };
  Kind kind = Kind::kFailed;
  ProgramId program = 0;  // of an environment with a life of its own; else 0, the main process
  int32_t exit_code = 0;
  int32_t signal = 0;
  char text[240] = {};  // kFailed: step and reason
};

// What the launcher ignores and an environment must not: ignored signals survive exec.
inline constexpr int kLauncherIgnores[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGQUIT};

// What every environment shares.
struct Isolation {
  const SeccompFilter& filter;
  const Fd& root_template;
};

struct EnvironmentInputs {
  const Isolation& isolation;
  const Fd& network_namespace;
  const Fd& user_namespace;
  const std::vector<Fd>& entrances;  // of its control groups; none when it was made inside them
  int status_socket;
};

// For whom the environment is, as its order says.
struct Assignment {
  EnvironmentSpec spec;
  Fd output;
  Fd errors;
};

// Runs in the process that fork_into made. It isolates itself as far as it can without knowing for whom, then
// waits on the status socket for one kStart request with descriptors: standard output, standard error, the
// mounts' sources. When it returns, the environment is complete and the process has no privileges left.
Assignment become_environment(const EnvironmentInputs& inputs);

// All of that, then the assignment's program.
[[noreturn]] void run_environment(const EnvironmentInputs& inputs);

// For exec: the texts must live on.
std::vector<char*> to_pointers(const std::vector<std::string>& texts);

// In a child of process 1 that is to be the main process or a program: session, working directory and the
// three standard descriptors; every other one is closed. Only system calls, as the child may share init's
// memory. Returns the step that was refused (errno says why), or null.
struct MainEntry {
  const char* working_directory;
  int status_socket;
  int input;
  int output;
  int errors;
  int order = -1;  // becomes descriptor 3, if there is one
  ProgramId program = 0;
};
const char* enter_main(const MainEntry& entry);

// Process 1 from then on.
[[noreturn]] void supervise(int status_socket, pid_t main_process);
// Process 1 of an environment with a life of its own (programs.cc): starts what the launcher orders, reports
// each end, and stays.
[[noreturn]] void serve_programs(int status_socket);
[[noreturn]] void report_failure(int status_socket, const char* reason);
// Starts the assignment's program. Throws SandboxError.
pid_t start_main(const Assignment& assignment, int status_socket, ProgramId program = 0);

}  // namespace haneul::sandbox
