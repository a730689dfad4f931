// How the launcher comes to life: forked from a server that still has one thread, detached from its terminal
// and signals, holding nothing but the connection. The launcher says what the host allows as soon as it is
// ready; one that cannot isolate lives on and refuses each start with the reason.
#include <cerrno>
#include <span>
#include <string>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "base/descriptor_limit.h"
#include "base/log.h"
#include "base/text.h"
#include "sandbox/environment_process.h"
#include "sandbox/launcher.h"
#include "sandbox/launcher_server.h"
#include "sandbox/messages.h"
#include "sandbox/standing.h"

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

[[noreturn]] void run_launcher(LauncherConfig config, Fd socket) {
  prctl(PR_SET_NAME, "haneul-launcher", 0, 0, 0);
  // Its end is the server's end. A signal to the whole group (Ctrl-C, a service manager's stop) is for the
  // server, which finishes its work first.
  setsid();
  for (const int number : kLauncherIgnores) signal(number, SIG_IGN);
  keep_standard_and(socket.get());
  raise_descriptor_limit();
  int result = 0;
  try {
    const Standing standing = take_standing(config);
    LauncherServer(config, standing, std::move(socket)).run();
  } catch (const std::exception& error) {
    log_error("the launcher has failed", {{"reason", error.what()}});
    result = 1;
  }
  _exit(result);
}

struct Ends {
  Fd ours;
  Fd theirs;
};

Ends make_connection() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    throw std::system_error(errno, std::generic_category(), "socketpair");
  }
  for (const int end : ends)
    setsockopt(end, SOL_SOCKET, SO_SNDBUF, &kSocketBufferBytes, sizeof kSocketBufferBytes);
  return {Fd(ends[0]), Fd(ends[1])};
}

// The command line of execute_self(); nobody else makes one.
constexpr std::string_view kLauncherCommand = "sandbox-launcher";
constexpr int kLauncherSocket = 3;

std::vector<std::string> command_line(const LauncherConfig& config) {
  return {"haneul",
          std::string(kLauncherCommand),
          config.cgroup_parent,
          std::to_string(config.uid_base),
          std::to_string(config.uid_count),
          std::to_string(config.pool_size),
          std::to_string(config.environments_max),
          std::to_string(config.first_id),
          fmt::format("{}", fmt::join(config.without, ","))};
}

LauncherConfig config_from(std::span<char*> arguments) {
  LauncherConfig config;
  config.cgroup_parent = arguments[0];
  config.uid_base = static_cast<uint32_t>(std::stoul(arguments[1]));
  config.uid_count = static_cast<uint32_t>(std::stoul(arguments[2]));
  config.pool_size = static_cast<uint32_t>(std::stoul(arguments[3]));
  config.environments_max = static_cast<uint32_t>(std::stoul(arguments[4]));
  config.first_id = std::stoull(arguments[5]);
  for (const std::string_view word : split(arguments[6], ',')) config.without.emplace_back(word);
  return config;
}

// With default signals, none blocked, and the one descriptor.
pid_t execute(std::vector<std::string> arguments, int socket) {
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_adddup2(&actions, socket, kLauncherSocket);
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  pid_t pid = 0;
  const int problem = posix_spawn(&pid, "/proc/self/exe", &actions, &attributes, pointers.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (problem != 0) throw std::system_error(problem, std::generic_category(), "posix_spawn");
  return pid;
}

}  // namespace

LauncherProcess LauncherProcess::execute_self(const LauncherConfig& config) {
  Ends ends = make_connection();
  LauncherProcess process;
  process.pid_ = execute(command_line(config), ends.theirs.get());
  process.socket_ = std::move(ends.ours);
  return process;
}

std::optional<int> run_launcher_command(int argc, char** argv) {
  constexpr int kArguments = 9;
  if (argc != kArguments || argv[1] != kLauncherCommand) return std::nullopt;
  // A connection, or somebody typed this.
  int type = 0;
  socklen_t size = sizeof type;
  if (getsockopt(kLauncherSocket, SOL_SOCKET, SO_TYPE, &type, &size) != 0 || type != SOCK_SEQPACKET) {
    return std::nullopt;
  }
  try {
    run_launcher(config_from(std::span(argv, kArguments).subspan(2)), Fd(kLauncherSocket));
  } catch (const std::exception& error) {
    log_error("the launcher's command line is wrong", {{"reason", error.what()}});
  }
  return 1;
}

LauncherProcess LauncherProcess::fork_before_threads(const LauncherConfig& config) {
  auto [ours, theirs] = make_connection();
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

const SandboxCapabilities& LauncherProcess::peek_capabilities() {
  if (!known_) known_ = await_capabilities();
  return *known_;
}

SandboxCapabilities LauncherProcess::await_capabilities() {
  if (known_) return *known_;
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
