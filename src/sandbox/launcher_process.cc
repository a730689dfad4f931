// How the launcher comes to life: forked from a server that still has one thread, detached from its terminal
// and signals, holding nothing but the connection. The launcher says what the host allows as soon as it is
// ready; one that cannot isolate lives on and refuses each start with the reason.
#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "base/log.h"
#include "sandbox/environment_process.h"
#include "sandbox/launcher.h"
#include "sandbox/launcher_server.h"
#include "sandbox/messages.h"

namespace haneul::sandbox {
namespace {

constexpr int kSocketBufferBytes = 1 << 20;

// Standard descriptors must be taken, or the first pipe of an environment would become one of them.
void keep_standard_and(int socket) {
  for (int fd = 0; fd <= STDERR_FILENO; ++fd) {
    if (fcntl(fd, F_GETFD) < 0) open("/dev/null", O_RDWR);
  }
  if (socket > STDERR_FILENO + 1) close_range(STDERR_FILENO + 1, static_cast<unsigned>(socket) - 1, 0);
  close_range(static_cast<unsigned>(socket) + 1, ~0U, 0);
}

[[noreturn]] void run_launcher(const LauncherConfig& config, Fd socket) {
  prctl(PR_SET_NAME, "haneul-launcher", 0, 0, 0);
  // Its end is the server's end. A signal to the whole group (Ctrl-C, a service manager's stop) is for the
  // server, which finishes its work first.
  setsid();
  for (const int number : kLauncherIgnores) signal(number, SIG_IGN);
  keep_standard_and(socket.get());
  rlimit files{};  // an environment takes about ten descriptors here
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
  }
  int result = 0;
  try {
    LauncherServer(config, std::move(socket)).run();
  } catch (const std::exception& error) {
    log_error("the launcher has failed", {{"reason", error.what()}});
    result = 1;
  }
  _exit(result);
}

}  // namespace

LauncherProcess LauncherProcess::fork_before_threads(const LauncherConfig& config) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    throw std::system_error(errno, std::generic_category(), "socketpair");
  }
  Fd ours(ends[0]);
  Fd theirs(ends[1]);
  for (const int end : ends)
    setsockopt(end, SOL_SOCKET, SO_SNDBUF, &kSocketBufferBytes, sizeof kSocketBufferBytes);
  const pid_t pid = fork();
  if (pid < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (pid == 0) {
    ours.reset();
    run_launcher(config, std::move(theirs));
  }
  theirs.reset();
  LauncherProcess process;
  process.pid_ = pid;
  process.socket_ = std::move(ours);
  return process;
}

SandboxCapabilities LauncherProcess::await_capabilities() {
  constexpr int kHelloLimitMs = 30'000;
  pollfd ready{socket_.get(), POLLIN, 0};
  Received received;
  if (poll(&ready, 1, kHelloLimitMs) == 1 && receive_message(socket_.get(), received)) {
    return decode_reply(received.bytes).capabilities;
  }
  SandboxCapabilities none;
  none.missing.emplace_back("the launcher process ended before it was ready");
  return none;
}

}  // namespace haneul::sandbox
