// Process 1 of an environment. It shares nothing with the tenant but the pid namespace: its descriptors are
// closed, its memory is unreadable, and the kernel shields process 1 from signals sent inside.
#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "sandbox/environment_process.h"
#include "sandbox/kernel.h"

namespace haneul::sandbox {
namespace {

struct ExecFailure {
  const char* step = nullptr;
  int error = 0;
};

bool tell(int socket, const StatusMessage& message) {
  return send(socket, &message, sizeof message, MSG_NOSIGNAL) == sizeof message;
}

struct Exec {
  MainEntry entry;
  char** argv;
  char** environment;
};

// Between vfork and exec: system calls only, the memory is init's.
void become_main(const Exec& exec, volatile ExecFailure& failure) {
  failure.step = enter_main(exec.entry);
  if (failure.step == nullptr) {
    failure.step = "execute the program";
    execve(exec.argv[0], exec.argv, exec.environment);
  }
  failure.error = errno;
}

void keep_only(int fd) {
  if (fd > 0) close_range(0, static_cast<unsigned>(fd) - 1, 0);
  close_range(static_cast<unsigned>(fd) + 1, ~0U, 0);
}

}  // namespace

std::vector<char*> to_pointers(const std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (const std::string& text : texts) out.push_back(const_cast<char*>(text.c_str()));
  out.push_back(nullptr);
  return out;
}

const char* enter_main(const MainEntry& entry) {
  StatusMessage here;
  here.kind = StatusMessage::Kind::kMainProcess;
  here.program = entry.program;
  tell(entry.status_socket, here);  // the kernel adds the sender's pid as the launcher sees it
  setsid();
  sigset_t none;  // process 1 blocks the end of its children while it does something else
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  if (chdir(entry.working_directory) != 0) return "enter the working directory";
  // The order's number is above the three, so it survives them.
  bool ready = dup2(entry.input, 0) == 0 && dup2(entry.output, 1) == 1 && dup2(entry.errors, 2) == 2;
  if (entry.order >= 0) {
    ready = ready && (entry.order == 3 ? fcntl(3, F_SETFD, 0) == 0 : dup2(entry.order, 3) == 3);
  }
  ready = ready && close_range(entry.order >= 0 ? 4 : 3, ~0U, 0) == 0;
  return ready ? nullptr : "prepare standard input and output";
}

pid_t start_main(const Assignment& assignment, int status_socket, ProgramId program) {
  const EnvironmentSpec& spec = assignment.spec;
  std::vector<char*> argv = to_pointers(spec.argv);
  std::vector<char*> environment = to_pointers(spec.environment);
  const Fd input = require_fd(open("/dev/null", O_RDONLY | O_CLOEXEC), "open /dev/null");
  const MainEntry entry{.working_directory = spec.working_directory.c_str(),
                        .status_socket = status_socket,
                        .input = input.get(),
                        .output = assignment.output.get(),
                        .errors = assignment.errors.get(),
                        .program = program};
  const Exec exec{entry, argv.data(), environment.data()};
  volatile ExecFailure failure;
  const pid_t pid = vfork();
  if (pid == 0) {
    become_main(exec, failure);
    _exit(127);
  }
  require(pid, "vfork");
  if (failure.error != 0) {
    errno = failure.error;
    const char* step = failure.step;
    fail_step(fmt::format("{} ({} in {})", step, spec.argv[0], spec.working_directory));
  }
  return pid;
}

void supervise(int status_socket, pid_t main_process) {
  keep_only(status_socket);
  StatusMessage message;
  message.kind = StatusMessage::Kind::kStarted;
  if (!tell(status_socket, message)) _exit(1);  // no launcher any more
  for (;;) {
    int status = 0;
    const pid_t ended = waitpid(-1, &status, __WALL);
    if (ended < 0 && errno == EINTR) continue;
    if (ended != main_process && ended > 0) continue;
    message.kind = StatusMessage::Kind::kEnded;
    message.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
    message.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    tell(status_socket, message);
    _exit(0);
  }
}

}  // namespace haneul::sandbox
