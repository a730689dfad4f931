// A guest that is only tried: whether this host runs one is found out by running one.
#include <chrono>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox/environment_process.h"
#include "sandbox/guest_frames.h"
#include "sandbox/guest_kit.h"
#include "sandbox/kernel.h"

namespace haneul::sandbox {
namespace {

struct Ends {
  Fd ours;
  Fd theirs;
};

// Above the numbers that the program is to find them at.
Fd lifted(int fd) {
  constexpr int kAbove = 10;
  const Fd given(fd);
  return require_fd(fcntl(fd, F_DUPFD_CLOEXEC, kAbove), "keep a descriptor");
}

Ends make_port() {
  int ends[2];
  require(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), "socketpair");
  return {Fd(ends[0]), lifted(ends[1])};
}

Ends make_words() {
  int ends[2];
  require(pipe2(ends, O_CLOEXEC | O_NONBLOCK), "pipe");
  return {Fd(ends[0]), lifted(ends[1])};
}

pid_t start(const std::vector<std::string>& command, const Ends& port, const Ends& words) {
  const std::vector<char*> argv = to_pointers(command);
  char* none[] = {nullptr};
  const pid_t pid = require(fork(), "fork");
  if (pid != 0) return pid;
  dup2(words.theirs.get(), STDOUT_FILENO);
  dup2(words.theirs.get(), STDERR_FILENO);
  dup2(port.theirs.get(), kPortFd);
  close_range(kPortFd + 1, ~0U, 0);
  execve(argv[0], argv.data(), none);
  _exit(127);
}

// The guest's first frame says that its first process runs.
bool await_ready(int port, std::chrono::steady_clock::time_point until) {
  using std::chrono::milliseconds;
  FrameReader frames;
  for (;;) {
    const auto left = std::chrono::duration_cast<milliseconds>(until - std::chrono::steady_clock::now());
    pollfd ready{port, POLLIN, 0};
    if (left <= milliseconds(0) || poll(&ready, 1, static_cast<int>(left.count())) != 1) return false;
    char piece[4096];
    const ssize_t count = read(port, piece, sizeof piece);
    if (count <= 0) return false;
    frames.append({piece, static_cast<size_t>(count)});
    if (const std::optional<Frame> frame = frames.next()) return frame->kind == FrameKind::kReady;
  }
}

}  // namespace

std::string try_guest(const GuestKit& kit, int seconds) {
  constexpr uint64_t kFunctionBytes = 128 << 20;
  EnvironmentSpec function;
  function.memory_bytes = kFunctionBytes;
  Ends port = make_port();
  Ends words = make_words();
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  const pid_t pid = start(machine_command(kit, function, {kit.directory, kit.directory}), port, words);
  port.theirs.reset();
  const bool is_ready = await_ready(port.ours.get(), until);
  const bool is_late = !is_ready && std::chrono::steady_clock::now() >= until;
  kill(pid, SIGKILL);
  waitpid(pid, nullptr, 0);
  if (is_ready) return {};
  char said[4096];
  const ssize_t count = read(words.ours.get(), said, sizeof said);
  std::string text(said, static_cast<size_t>(std::max<ssize_t>(count, 0)));
  text = text.substr(0, text.find('\n'));
  if (is_late) return fmt::format("a guest does not boot within {} seconds {}", seconds, text);
  return "a guest does not boot: " + (text.empty() ? std::string("it ends at once") : text);
}

}  // namespace haneul::sandbox
