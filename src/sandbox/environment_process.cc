#include "sandbox/environment_process.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>

#include <fcntl.h>
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
#include "sandbox/waiting_program.h"

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

// Where the machine runs out of memory all the same, environments end before the server and its launcher do.
// A preference: a host whose /proc does not take it decides by size alone.
void volunteer_as_victim() {
  constexpr std::string_view kScore = "500";
  const Fd file(open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC));
  if (file && write(file.get(), kScore.data(), kScore.size()) < 0) return;
}

// Before the tenant is known, so off the request path. Groups are joined before they become the visible root.
void isolate(const EnvironmentInputs& inputs) {
  umask(022);
  forget_launcher_signals();
  volunteer_as_victim();
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

// Ends the process when there is no launcher, or no waiting program, any more.
Received wait_for_order(int status_socket, int program) {
  Received order;
  pollfd ready[2] = {{status_socket, POLLIN, 0}, {program, POLLIN, 0}};
  while (poll(ready, 2, -1) < 0 && errno == EINTR) continue;
  if (ready[1].revents != 0 || !receive_message(status_socket, order)) _exit(0);
  return order;
}

struct Decoded {
  Request request;
  Fd output;
  Fd errors;
  std::vector<Fd> sources;
};

// What follows a waiting program brings no outputs, as the program has them already; nor does what begins an
// environment with a life of its own.
Decoded decode(Received order, size_t outputs) {
  Decoded decoded{decode_request(order.bytes), {}, {}, std::move(order.fds)};
  if (decoded.request.spec.life == Life::kOfItsOwn) outputs = 0;
  if (decoded.sources.size() != outputs + decoded.request.spec.mounts.size()) {
    errno = EBADMSG;
    fail_step("receive descriptors");
  }
  if (outputs == 0) return decoded;
  decoded.output = std::move(decoded.sources[0]);
  decoded.errors = std::move(decoded.sources[1]);
  decoded.sources.erase(decoded.sources.begin(), decoded.sources.begin() + 2);
  return decoded;
}

constexpr size_t kOutputs = 2;

[[noreturn]] void run_waiting(const EnvironmentInputs& inputs, Decoded first) {
  WaitingProgram program(inputs, first.request.spec, first.output, first.errors, first.sources);
  const Decoded order = decode(wait_for_order(inputs.status_socket, program.pidfd()), 0);
  complete(inputs, order.request.spec, order.sources);
  program.release(order.request.spec.environment);
  supervise(inputs.status_socket, program.pid());
}

}  // namespace

Assignment become_environment(const EnvironmentInputs& inputs) {
  isolate(inputs);
  Decoded order = decode(wait_for_order(inputs.status_socket, -1), kOutputs);
  if (order.request.verb == Request::Verb::kWait) run_waiting(inputs, std::move(order));
  complete(inputs, order.request.spec, order.sources);
  return {std::move(order.request.spec), std::move(order.output), std::move(order.errors)};
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
    if (assignment.spec.life == Life::kOfItsOwn) serve_programs(inputs.status_socket);
    const pid_t main_process = start_main(assignment, inputs.status_socket);
    supervise(inputs.status_socket, main_process);
  } catch (const std::exception& error) {
    report_failure(inputs.status_socket, error.what());
  }
}

}  // namespace haneul::sandbox
