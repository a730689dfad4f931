// Inside: the guest's first process, from the kernel's hand-over to the function's end.
#include <cerrno>
#include <csignal>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "parts.h"
#include "sandbox/kernel.h"
#include "sandbox/messages.h"

namespace haneul::guest {
namespace {

using sandbox::EnvironmentSpec;
using sandbox::FrameKind;
using sandbox::require;

constexpr int kNanoseconds = 1'000'000'000;

class Supervisor {
 public:
  explicit Supervisor(const Fd& port) : port_(port) {}

  EnvironmentSpec await_order() {
    while (!order_) listen();
    return *std::move(order_);
  }

  void supervise(Function function, pid_t relay, Fd group) {
    function_ = std::move(function);
    relay_ = relay;
    group_ = std::move(group);
    sigset_t children;
    sigemptyset(&children);
    sigaddset(&children, SIGCHLD);
    const Fd ends(signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK));
    pollfd ready[4] = {{function_.output.get(), POLLIN, 0},
                       {function_.errors.get(), POLLIN, 0},
                       {ends.get(), POLLIN, 0},
                       {port_.get(), POLLIN, 0}};
    for (;;) {
      if (poll(ready, 4, -1) < 0 && errno != EINTR) sandbox::fail_step("wait for the function");
      for (int i = 0; i < 2; ++i) {
        if (ready[i].revents != 0 && !pass_on(ready[i].fd, i == 0 ? FrameKind::kOutput : FrameKind::kErrors))
          ready[i].fd = -1;
      }
      if (ready[3].revents != 0) listen();
      if (ready[2].revents != 0) reap(ends);
    }
  }

  void say(FrameKind kind, std::string_view body) const {
    write_all(port_.get(), sandbox::encode_frame(kind, body));
  }

 private:
  void listen() {
    char piece[4096];
    const ssize_t count = read(port_.get(), piece, sizeof piece);
    if (count <= 0) sandbox::fail_step("read the port");
    frames_.append({piece, static_cast<size_t>(count)});
    while (std::optional<sandbox::Frame> frame = frames_.next()) hear(*frame);
  }

  void hear(const sandbox::Frame& frame) {
    if (frame.kind == FrameKind::kOrder) order_ = sandbox::decode_request(frame.body).spec;
    if (frame.kind == FrameKind::kTime) set_clock(static_cast<int64_t>(sandbox::decode_number(frame.body)));
    if (frame.kind == FrameKind::kSignal && function_.pid > 0)
      kill(function_.pid, static_cast<int>(sandbox::decode_number(frame.body)));
  }

  // Small differences are the way's, not the clock's.
  static void set_clock(int64_t wanted) {
    constexpr int64_t kTolerance = 5'000'000;
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    const int64_t difference = wanted - (now.tv_sec * kNanoseconds + now.tv_nsec);
    if (difference > -kTolerance && difference < kTolerance) return;
    const timespec right{wanted / kNanoseconds, wanted % kNanoseconds};
    clock_settime(CLOCK_REALTIME, &right);
  }

  bool pass_on(int fd, FrameKind kind) const {
    char piece[sandbox::kOutputPieceBytes];
    const ssize_t count = read(fd, piece, sizeof piece);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return true;
    if (count <= 0) return false;
    say(kind, {piece, static_cast<size_t>(count)});
    return true;
  }

  void reap(const Fd& ends) {
    signalfd_siginfo taken{};
    while (read(ends.get(), &taken, sizeof taken) == sizeof taken) continue;
    int status = 0;
    for (pid_t ended = 0; (ended = waitpid(-1, &status, WNOHANG)) > 0;) {
      if (ended == relay_) {
        errno = ECHILD;
        sandbox::fail_step("the relay has ended");
      }
      if (ended == function_.pid) finish(status);
    }
  }

  // What it left running is killed, so that the pipes end and nothing comes after the end.
  [[noreturn]] void finish(int status) const {
    sandbox::write_file_at(group_.get(), "cgroup.kill", "1");
    while (pass_on(function_.output.get(), FrameKind::kOutput) && !is_dry(function_.output.get())) continue;
    while (pass_on(function_.errors.get(), FrameKind::kErrors) && !is_dry(function_.errors.get())) continue;
    sandbox::GuestEnd end;
    end.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
    end.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    const std::string events = sandbox::read_file_at(group_.get(), "memory.events");
    end.out_of_memory = events.find("oom_kill 0\n") == std::string::npos;
    say(FrameKind::kEnded, sandbox::encode_end(end));
    for (;;) pause();  // the process outside ends the machine
  }

  static bool is_dry(int fd) {
    pollfd ready{fd, POLLIN, 0};
    return poll(&ready, 1, 0) == 0;
  }

  const Fd& port_;
  sandbox::FrameReader frames_;
  std::optional<EnvironmentSpec> order_;
  Function function_;
  pid_t relay_ = 0;
  Fd group_;
};

void block_children() {
  sigset_t children;
  sigemptyset(&children);
  sigaddset(&children, SIGCHLD);
  sigprocmask(SIG_BLOCK, &children, nullptr);
}

void run_function(const Fd& port) {
  Supervisor supervisor(port);
  supervisor.say(FrameKind::kReady, {});
  // The order is on its way meanwhile.
  std::string filter;
  {
    const Fd file = sandbox::require_fd(open("/filter", O_RDONLY | O_CLOEXEC), "open the filter");
    char piece[65536];
    for (ssize_t count = 0; (count = read(file.get(), piece, sizeof piece)) > 0;)
      filter.append(piece, static_cast<size_t>(count));
  }
  bring_network_up();
  const pid_t relay = start_relay();
  for (const char* kind : {"user", "mnt", "pid", "net", "ipc", "uts", "cgroup", "time"})
    sandbox::write_file(fmt::format("/proc/sys/user/max_{}_namespaces", kind), "0");
  const EnvironmentSpec function = supervisor.await_order();
  Fd group = make_group(function);
  enter_share();
  complete_share(function);
  require(sethostname(function.hostname.c_str(), function.hostname.size()), "set the host name");
  block_children();
  Function started = start_function(function, group, filter);
  supervisor.supervise(std::move(started), relay, std::move(group));
}

}  // namespace

void run_inside() {
  umask(022);
  signal(SIGPIPE, SIG_IGN);
  Fd port;
  try {
    require(mount("devices", "/dev", "devtmpfs", 0, nullptr), "mount /dev");
    require(mount("proc", "/proc", "proc", 0, nullptr), "mount /proc");
    load_modules();
    port = open_port();
    run_function(port);
  } catch (const std::exception& error) {
    const std::string frame = sandbox::encode_frame(FrameKind::kTrouble, error.what());
    if (port && write(port.get(), frame.data(), frame.size()) > 0) {
      for (;;) pause();  // the process outside ends the machine
    }
  }
  reboot(RB_AUTOBOOT);  // QEMU ends
  _exit(1);
}

}  // namespace haneul::guest
