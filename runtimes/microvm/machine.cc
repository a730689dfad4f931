// Outside: QEMU as a child, the port to the guest, and the function's end.
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "parts.h"
#include "sandbox/kernel.h"
#include "sandbox/messages.h"

namespace haneul::guest {
namespace {

using sandbox::FrameKind;
using sandbox::require;
using Seconds = std::chrono::seconds;

constexpr Seconds kTimeInterval{60};
constexpr std::chrono::milliseconds kTick{1'000};
constexpr std::chrono::milliseconds kGap{1'500};  // longer than a tick: this environment stood still

std::chrono::nanoseconds clock_of(clockid_t id) {
  timespec now{};
  clock_gettime(id, &now);
  return Seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

struct Machine {
  pid_t pid = 0;
  Fd process;  // pidfd
  Fd port;
  Fd words;  // what QEMU writes
};

// Between vfork and exec: system calls only.
void become_machine(char** argv, int port, int words) {
  char* none[] = {nullptr};
  prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  sigset_t empty;
  sigemptyset(&empty);
  sigprocmask(SIG_SETMASK, &empty, nullptr);
  if (dup2(words, 1) != 1 || dup2(words, 2) != 2 || dup2(port, sandbox::kPortFd) != sandbox::kPortFd) return;
  close_range(sandbox::kPortFd + 1, ~0U, 0);
  execve(argv[0], argv, none);
}

// The ends' numbers are kept above those that they become.
Fd lifted(int fd) {
  constexpr int kAbove = 10;
  const int high = fcntl(fd, F_DUPFD_CLOEXEC, kAbove);
  close(fd);
  return sandbox::require_fd(high, "keep a descriptor");
}

Machine start_machine(const std::vector<std::string>& command) {
  std::vector<char*> argv;
  for (const std::string& each : command) argv.push_back(const_cast<char*>(each.c_str()));
  argv.push_back(nullptr);
  int sockets[2];
  int pipes[2];
  require(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), "socketpair");
  require(pipe2(pipes, O_CLOEXEC | O_NONBLOCK), "pipe");
  Machine machine;
  machine.port = lifted(sockets[0]);
  const Fd port = lifted(sockets[1]);
  machine.words = lifted(pipes[0]);
  const Fd words = lifted(pipes[1]);
  machine.pid = vfork();
  if (machine.pid == 0) {
    become_machine(argv.data(), port.get(), words.get());
    _exit(127);
  }
  require(machine.pid, "vfork");
  machine.process = sandbox::require_fd(sandbox::open_pidfd(machine.pid), "watch the virtual machine");
  return machine;
}

class Conversation {
 public:
  Conversation(Machine machine, std::string order) : machine_(std::move(machine)), order_(std::move(order)) {}

  // Until the function has ended, or the machine.
  sandbox::GuestEnd hold(int signals) {
    pollfd ready[3] = {
        {machine_.port.get(), POLLIN, 0}, {machine_.process.get(), POLLIN, 0}, {signals, POLLIN, 0}};
    while (!end_) {
      if (poll(ready, 3, static_cast<int>(kTick.count())) < 0 && errno != EINTR)
        sandbox::fail_step("wait for the virtual machine");
      if (ready[2].revents != 0) pass_signal(signals);
      // What it said before it ended comes first.
      if (ready[0].revents != 0) {
        listen();
      } else if (ready[1].revents != 0) {
        tell_end_of_machine();
      }
      tell_time();
    }
    return *end_;
  }

 private:
  void listen() {
    char piece[sandbox::kOutputPieceBytes];
    const ssize_t count = read(machine_.port.get(), piece, sizeof piece);
    if (count <= 0) return tell_end_of_machine();
    frames_.append({piece, static_cast<size_t>(count)});
    while (std::optional<sandbox::Frame> frame = frames_.next()) hear(*frame);
  }

  void hear(const sandbox::Frame& frame) {
    switch (frame.kind) {
      case FrameKind::kReady:
        if (is_ordered_) return;
        is_ordered_ = true;
        write_all(machine_.port.get(), order_);
        order_.clear();
        last_time_ = last_seen_ = clock_of(CLOCK_BOOTTIME);
        return;
      case FrameKind::kOutput: return write_all(STDOUT_FILENO, frame.body);
      case FrameKind::kErrors: return write_all(STDERR_FILENO, frame.body);
      case FrameKind::kEnded: end_ = sandbox::decode_end(frame.body); return;
      case FrameKind::kTrouble:
        write_all(STDERR_FILENO, "the virtual machine cannot run the function: " + frame.body + "\n");
        end_ = sandbox::GuestEnd{.exit_code = 1};
        return;
      case FrameKind::kOrder:
      case FrameKind::kSignal:
      case FrameKind::kTime: return;  // ours to say
    }
  }

  void tell_end_of_machine() {
    char words[4096];
    const ssize_t count = read(machine_.words.get(), words, sizeof words);
    const std::string said(words, static_cast<size_t>(std::max<ssize_t>(count, 0)));
    write_all(STDERR_FILENO, "the virtual machine has ended\n" + said);
    end_ = sandbox::GuestEnd{.exit_code = 1};
  }

  void pass_signal(int signals) {
    signalfd_siginfo taken{};
    if (read(signals, &taken, sizeof taken) != sizeof taken || !is_ordered_) return;
    say(FrameKind::kSignal, taken.ssi_signo);
  }

  // After each standstill, and now and then: clocks drift.
  void tell_time() {
    if (!is_ordered_) return;
    const auto now = clock_of(CLOCK_BOOTTIME);
    const bool stood_still = now - std::exchange(last_seen_, now) > kGap;
    if (!stood_still && now - last_time_ < kTimeInterval) return;
    last_time_ = now;
    say(FrameKind::kTime, static_cast<uint64_t>(clock_of(CLOCK_REALTIME).count()));
  }

  // A guest that does not listen misses it; a frame is never cut, as these are smaller than any buffer.
  void say(FrameKind kind, uint64_t number) {
    const std::string frame = sandbox::encode_frame(kind, sandbox::encode_number(number));
    send(machine_.port.get(), frame.data(), frame.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  }

  Machine machine_;
  std::string order_;
  sandbox::FrameReader frames_;
  std::optional<sandbox::GuestEnd> end_;
  bool is_ordered_ = false;
  std::chrono::nanoseconds last_seen_{0};
  std::chrono::nanoseconds last_time_{0};
};

std::string make_order(const sandbox::GuestOrder& order, char** variables) {
  sandbox::Request request{.verb = sandbox::Request::Verb::kStart, .spec = order.function};
  for (; *variables != nullptr; ++variables) request.spec.environment.emplace_back(*variables);
  return sandbox::encode_frame(
             FrameKind::kTime,
             sandbox::encode_number(static_cast<uint64_t>(clock_of(CLOCK_REALTIME).count()))) +
         sandbox::encode_frame(FrameKind::kOrder, sandbox::encode(request));
}

int take_signals() {
  sigset_t forwarded;
  sigemptyset(&forwarded);
  for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2}) sigaddset(&forwarded, number);
  sigprocmask(SIG_BLOCK, &forwarded, nullptr);
  return signalfd(-1, &forwarded, SFD_CLOEXEC);
}

}  // namespace

void write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) sandbox::fail_step("write");
    bytes.remove_prefix(static_cast<size_t>(count));
  }
}

int run_machine(const sandbox::GuestOrder& order, char** variables) {
  signal(SIGPIPE, SIG_IGN);
  const Fd signals(take_signals());
  Machine machine = start_machine(order.machine);
  const pid_t pid = machine.pid;
  const sandbox::GuestEnd end =
      Conversation(std::move(machine), make_order(order, variables)).hold(signals.get());
  kill(pid, SIGKILL);
  waitpid(pid, nullptr, 0);
  const int number = end.out_of_memory ? sandbox::kOutOfMemorySignal
                                       : (end.signal == sandbox::kOutOfMemorySignal ? SIGKILL : end.signal);
  if (number <= 0) return end.exit_code;
  sigset_t none;
  sigemptyset(&none);
  signal(number, SIG_DFL);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  kill(getpid(), number);
  return end.exit_code;
}

}  // namespace haneul::guest
