// Inside: the function's main process, with the rights of nobody.
#include <cerrno>
#include <csignal>
#include <cstring>

#include <fcntl.h>
#include <grp.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "parts.h"
#include "sandbox/kernel.h"
#include "sandbox/privileges.h"
#include "sandbox/seccomp_filter.h"
#include "sandbox/user_namespace.h"

namespace haneul::guest {
namespace {

using sandbox::require;
using sandbox::require_fd;

struct Pipe {
  Fd read_end;
  Fd write_end;
};

Pipe make_pipe() {
  int ends[2];
  require(pipe2(ends, O_CLOEXEC), "pipe");
  return {Fd(ends[0]), Fd(ends[1])};
}

// The bounding set goes while that is allowed; the change of user takes all other capabilities.
void become_user(const sandbox::EnvironmentSpec& function, const std::string& filter) {
  require(setgroups(0, nullptr), "drop supplementary groups");
  sandbox::set_resource_limits(function);
  sandbox::keep_capabilities({});
  require(setresgid(sandbox::kInsideGroupId, sandbox::kInsideGroupId, sandbox::kInsideGroupId),
          "become the group");
  require(setresuid(sandbox::kInsideUserId, sandbox::kInsideUserId, sandbox::kInsideUserId),
          "become the user");
  sandbox::SeccompFilter(filter).load();
}

[[noreturn]] void become_function(const sandbox::EnvironmentSpec& function, const Fd& group,
                                  const Pipe& output, const Pipe& errors, const std::string& filter) {
  try {
    sandbox::write_file_at(group.get(), "cgroup.procs", "0");
    setsid();
    signal(SIGPIPE, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    const Fd input = require_fd(open("/dev/null", O_RDONLY | O_CLOEXEC), "open /dev/null");
    require(dup2(output.write_end.get(), 1), "prepare standard output");
    require(dup2(errors.write_end.get(), 2), "prepare standard errors");
    require(dup2(input.get(), 0), "prepare standard input");
    close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
    become_user(function, filter);
    require(chdir(function.working_directory.c_str()), "enter " + function.working_directory);
    std::vector<char*> argv;
    for (const std::string& each : function.argv) argv.push_back(const_cast<char*>(each.c_str()));
    argv.push_back(nullptr);
    std::vector<char*> variables;
    for (const std::string& each : function.environment) variables.push_back(const_cast<char*>(each.c_str()));
    variables.push_back(nullptr);
    execve(argv[0], argv.data(), variables.data());
    sandbox::fail_step("execute " + function.argv[0]);
  } catch (const std::exception& error) {
    const std::string text = std::string(error.what()) + "\n";
    [[maybe_unused]] const ssize_t count = write(STDERR_FILENO, text.data(), text.size());
  }
  _exit(127);
}

}  // namespace

Function start_function(const sandbox::EnvironmentSpec& function, const Fd& group,
                        const std::string& filter) {
  Pipe output = make_pipe();
  Pipe errors = make_pipe();
  const pid_t pid = require(fork(), "fork");
  if (pid == 0) become_function(function, group, output, errors, filter);
  for (const Pipe* pipe : {&output, &errors})
    require(fcntl(pipe->read_end.get(), F_SETFL, O_NONBLOCK), "make a pipe non-blocking");
  return {pid, std::move(output.read_end), std::move(errors.read_end)};
}

}  // namespace haneul::guest
