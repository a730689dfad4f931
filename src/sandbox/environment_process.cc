#include "sandbox/environment_process.h"

#include <algorithm>
#include <cstring>

#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "sandbox/kernel.h"
#include "sandbox/mounts.h"
#include "sandbox/privileges.h"
#include "sandbox/user_namespace.h"

namespace haneul::sandbox {
namespace {

void forget_launcher_signals() {
  for (const int number : kLauncherIgnores) signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

// The order matters: sources are seen in the host's mounts, groups joined before they become the visible
// root, mounts made while still privileged, and the filter comes last because it forbids the calls above it.
void isolate(const EnvironmentInputs& inputs) {
  umask(022);
  forget_launcher_signals();
  const std::vector<Fd> sources = open_sources(inputs.spec);
  if (inputs.cgroup.clone_into_fd() < 0) inputs.cgroup.join();
  require(setns(inputs.network_namespace.get(), CLONE_NEWNET), "enter the network namespace");
  enter_root(inputs.root_template, inputs.spec, sources);
  require(sethostname(inputs.spec.hostname.c_str(), inputs.spec.hostname.size()), "set the host name");
  leave_session_keyring();
  set_resource_limits(inputs.spec);
  become_inside_user(inputs.user_namespace);
  drop_all_capabilities();
  // Init keeps nothing a tenant could read or trace; and it must not outlive the launcher. Both after the
  // change of user, which resets them.
  require(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0), "make init unreadable");
  require(prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0), "tie init to the launcher");
  prctl(PR_SET_NAME, "init", 0, 0, 0);
  inputs.filter.load();
}

}  // namespace

void run_environment(const EnvironmentInputs& inputs) {
  StatusMessage failure;
  try {
    isolate(inputs);
    run_init({inputs.spec, inputs.status_socket, inputs.output, inputs.errors});
  } catch (const std::exception& error) {
    const size_t length = std::min(std::strlen(error.what()), sizeof failure.text - 1);
    std::memcpy(failure.text, error.what(), length);
  }
  send(inputs.status_socket, &failure, sizeof failure, MSG_NOSIGNAL);
  _exit(1);
}

}  // namespace haneul::sandbox
