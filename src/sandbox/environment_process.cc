#include "sandbox/environment_process.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sandbox/kernel.h"
#include "sandbox/messages.h"
#include "sandbox/mounts.h"
#include "sandbox/privileges.h"
#include "sandbox/user_namespace.h"

namespace haneul::sandbox {
namespace {

// Copies of the launcher's descriptors would keep other tenants' pipes and sockets alive.
void keep_only(int one, int other) {
  const auto low = static_cast<unsigned>(std::min(one, other));
  const auto high = static_cast<unsigned>(std::max(one, other));
  if (low > 3) close_range(3, low - 1, 0);
  if (high > low + 1) close_range(low + 1, high - 1, 0);
  close_range(high + 1, ~0U, 0);
}

void forget_launcher_signals() {
  for (const int number : kLauncherIgnores) signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

// Before the tenant is known, so off the request path. Groups are joined before they become the visible root.
void isolate(const EnvironmentInputs& inputs) {
  umask(022);
  forget_launcher_signals();
  require(prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0), "tie init to the launcher");
  for (const Fd& entrance : inputs.entrances) {
    if (write(entrance.get(), "0", 1) != 1) fail_step("enter a control group");
  }
  require(setns(inputs.network_namespace.get(), CLONE_NEWNET), "enter the network namespace");
  enter_root(inputs.isolation.root_template);
  leave_session_keyring();
  keep_only(inputs.status_socket, inputs.user_namespace.get());
}

// Mounts are made while still privileged, and the filter comes last because it forbids the calls above it.
void complete(const EnvironmentInputs& inputs, const EnvironmentSpec& spec, const std::vector<Fd>& sources) {
  complete_root(spec, sources);
  require(sethostname(spec.hostname.c_str(), spec.hostname.size()), "set the host name");
  set_resource_limits(spec);
  become_inside_user(inputs.user_namespace);
  drop_all_capabilities();
  // Init keeps nothing a tenant could read or trace; and it must not outlive the launcher. Both after the
  // change of user, which resets them.
  require(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0), "make init unreadable");
  require(prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0), "tie init to the launcher");
  prctl(PR_SET_NAME, "init", 0, 0, 0);
  inputs.isolation.filter.load();
}

Received wait_for_order(int status_socket) {
  Received order;
  pollfd ready{status_socket, POLLIN, 0};
  while (poll(&ready, 1, -1) < 0 && errno == EINTR) continue;
  if (!receive_message(status_socket, order)) _exit(0);  // no launcher, no order
  return order;
}

}  // namespace

Assignment become_environment(const EnvironmentInputs& inputs) {
  constexpr size_t kOutputs = 2;
  isolate(inputs);
  Received order = wait_for_order(inputs.status_socket);
  Assignment assignment{decode_request(order.bytes).spec, {}, {}};
  if (order.fds.size() != kOutputs + assignment.spec.mounts.size()) {
    errno = EBADMSG;
    fail_step("receive descriptors");
  }
  assignment.output = std::move(order.fds[0]);
  assignment.errors = std::move(order.fds[1]);
  order.fds.erase(order.fds.begin(), order.fds.begin() + kOutputs);
  complete(inputs, assignment.spec, order.fds);
  return assignment;
}

void report_failure(int status_socket, const char* reason) {
  StatusMessage failure;
  const size_t length = std::min(std::strlen(reason), sizeof failure.text - 1);
  std::memcpy(failure.text, reason, length);
  send(status_socket, &failure, sizeof failure, MSG_NOSIGNAL);
  _exit(1);
}

void run_environment(const EnvironmentInputs& inputs) {
  try {
    const Assignment assignment = become_environment(inputs);
    const pid_t main_process = start_main(assignment, inputs.status_socket);
    supervise(inputs.status_socket, main_process);
  } catch (const std::exception& error) {
    report_failure(inputs.status_socket, error.what());
  }
}

}  // namespace haneul::sandbox
