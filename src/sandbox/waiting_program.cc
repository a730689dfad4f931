#include "sandbox/waiting_program.h"

#include <cerrno>

#include <fcntl.h>
#include <signal.h>

#include "sandbox/kernel.h"
#include "sandbox/mounts.h"
#include "sandbox/privileges.h"
#include "sandbox/user_namespace.h"

namespace haneul::sandbox {
namespace {

struct Beginning {
  const EnvironmentInputs& inputs;
  const EnvironmentSpec& spec;
  MainEntry entry;
};

[[noreturn]] void run_program(const Beginning& beginning) {
  const EnvironmentSpec& spec = beginning.spec;
  try {
    set_resource_limits(spec);
    become_inside_user(beginning.inputs.user_namespace);
    drop_all_capabilities();
    beginning.inputs.isolation.filter.load();
    std::vector<char*> argv = to_pointers(spec.argv);
    std::vector<char*> environment = to_pointers(spec.environment);
    if (const char* step = enter_main(beginning.entry)) fail_step(step);
    execve(argv[0], argv.data(), environment.data());
    fail_step(spec.argv[0]);
  } catch (const std::exception& error) {
    report_failure(beginning.entry.status_socket, error.what());
  }
}

}  // namespace

WaitingProgram::WaitingProgram(const EnvironmentInputs& inputs, const EnvironmentSpec& spec, const Fd& output,
                               const Fd& errors, const std::vector<Fd>& sources) {
  attach_mounts(spec.mounts, sources);
  int ends[2];
  require(pipe2(ends, O_CLOEXEC), "pipe");
  const Fd theirs(ends[0]);
  order_.reset(ends[1]);
  const Fd input = require_fd(open("/dev/null", O_RDONLY | O_CLOEXEC), "open /dev/null");
  const MainEntry entry{.working_directory = spec.working_directory.c_str(),
                        .status_socket = inputs.status_socket,
                        .input = input.get(),
                        .output = output.get(),
                        .errors = errors.get(),
                        .order = theirs.get()};
  pid_ = require(fork(), "fork");
  if (pid_ == 0) run_program({inputs, spec, entry});
  pidfd_ = require_fd(open_pidfd(pid_), "open the waiting program's pidfd");
}

void WaitingProgram::release(const std::vector<std::string>& variables) {
  std::string bytes;
  for (const std::string& variable : variables) bytes.append(variable.c_str(), variable.size() + 1);
  for (size_t sent = 0; sent < bytes.size();) {
    const ssize_t count = write(order_.get(), bytes.data() + sent, bytes.size() - sent);
    if (count < 0 && errno == EINTR) continue;
    sent += static_cast<size_t>(require(static_cast<int>(count), "give the variables"));
  }
  order_.reset();
}

}  // namespace haneul::sandbox
