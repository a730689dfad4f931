// What runs in a new environment before and beside the tenant's program: the steps that take the process from
// the launcher's privileges to none, in the one order that works, then a minimal init (process 1) that starts
// the main process, collects orphans and reports the end. When init ends the kernel kills everything else in
// the environment.
#pragma once

#include <cstdint>

#include <signal.h>

#include "base/fd.h"
#include "sandbox/cgroups.h"
#include "sandbox/seccomp_filter.h"
#include "sandbox/spec.h"

namespace haneul::sandbox {

// One datagram from the environment to the launcher.
struct StatusMessage {
  enum class Kind : uint8_t { kMainProcess = 1, kStarted, kFailed, kEnded };
  Kind kind = Kind::kFailed;
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
  Cgroup& cgroup;
  int status_socket;
};

// Runs in the process that fork_into made. It isolates itself as far as it can without knowing for whom, then
// waits on the status socket for one kStart request with descriptors: standard output, standard error, the
// mounts' sources.
[[noreturn]] void run_environment(const EnvironmentInputs& inputs);

struct MainProgram {
  const EnvironmentSpec& spec;
  int status_socket;
  int output;
  int errors;
};
[[noreturn]] void run_init(const MainProgram& program);

}  // namespace haneul::sandbox
