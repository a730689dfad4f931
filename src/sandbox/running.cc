#include "sandbox/running.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "sandbox/guest_launch.h"
#include "sandbox/kernel.h"
#include "sandbox/messages.h"
#include "sandbox/mounts.h"
#include "sandbox/network.h"

namespace haneul::sandbox {
namespace {

struct Channel {
  Fd ours;
  Fd theirs;
};

// Non-blocking at the server's end only: a tenant's program expects an ordinary pipe.
Channel make_output_pipe() {
  int ends[2];
  require(pipe2(ends, O_CLOEXEC), "pipe");
  Channel channel{Fd(ends[0]), Fd(ends[1])};
  require(fcntl(channel.ours.get(), F_SETFL, O_NONBLOCK), "make the pipe non-blocking");
  return channel;
}

// The process's ends go into the order, ours into the cell.
void add_outputs(Cell& cell, std::vector<Fd>& order) {
  for (int i = 0; i < 2; ++i) {
    Channel pipe = make_output_pipe();
    order.push_back(std::move(pipe.theirs));
    cell.outputs.push_back(std::move(pipe.ours));
  }
}

// A process that has ended says why by itself.
void give_order(const Cell& cell, const Request& request, std::vector<Fd> fds) {
  for (Fd& source : open_sources(request.spec.mounts)) fds.push_back(std::move(source));
  const int error = send_message(cell.process.status.get(), encode(request), fds);
  if (error == 0 || error == EPIPE) return;
  errno = error;
  fail_step("give the order to start");
}

bool holds(const std::vector<Mount>& mounts, const Mount& wanted) {
  return std::any_of(mounts.begin(), mounts.end(), [&](const Mount& each) {
    return each.source == wanted.source && each.target == wanted.target && each.mode == wanted.mode;
  });
}

// https://man7.org/linux/man-pages/man5/proc_pid_status.5.html and proc_pid_stat.5.html
Usage usage_of_process(pid_t pid) {
  constexpr uint64_t kKib = 1024;
  constexpr uint64_t kNanoseconds = 1'000'000'000;
  Usage out;
  if (pid == 0) return out;
  const std::string status = read_file(fmt::format("/proc/{}/status", pid));
  const auto figure = [&](const char* name) {
    const size_t at = status.find(name);
    const size_t digit = at == std::string::npos ? at : status.find_first_of("0123456789", at);
    return digit == std::string::npos ? 0 : parse_counter(std::string_view(status).substr(digit)) * kKib;
  };
  out.memory_peak_bytes = figure("VmHWM:");
  out.memory_bytes = figure("VmRSS:");
  // The name, in brackets, may hold anything; user and system time are the twelfth and thirteenth after it.
  const std::string stat = read_file(fmt::format("/proc/{}/stat", pid));
  const char* at = stat.c_str() + std::min(stat.rfind(')'), stat.size());
  unsigned long long user = 0;
  unsigned long long system = 0;
  if (std::sscanf(at, ") %*c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %llu %llu", &user, &system) == 2)
    out.cpu_nanoseconds = (user + system) * (kNanoseconds / static_cast<uint64_t>(sysconf(_SC_CLK_TCK)));
  return out;
}

}  // namespace

void start_waiting(const Zygote& program, Cell& cell) {
  Request request{.verb = Request::Verb::kWait, .spec = {}};
  request.spec.argv = program.argv;
  request.spec.environment = program.environment;
  request.spec.mounts = program.mounts;
  std::vector<Fd> order;
  add_outputs(cell, order);
  give_order(cell, request, std::move(order));
  cell.origin = Origin::kWaited;
  cell.mounted = program.mounts;
}

bool can_become(const Cell& cell, const EnvironmentSpec& spec) {
  pollfd ended{cell.process.pidfd.get(), POLLIN, 0};
  if (poll(&ended, 1, 0) != 0) return false;
  const EnvironmentSpec limits;  // the program has these already
  if (spec.files_max != limits.files_max || spec.pids_max != limits.pids_max) return false;
  const auto is_wanted = [&](const Mount& mount) { return holds(spec.mounts, mount); };
  const auto is_late = [&](const Mount& mount) {
    return mount.target.starts_with("/mnt/") && !holds(cell.mounted, mount);
  };
  return std::all_of(cell.mounted.begin(), cell.mounted.end(), is_wanted) &&
         std::none_of(spec.mounts.begin(), spec.mounts.end(), is_late);
}

std::unique_ptr<Running> launch(const EnvironmentSpec& spec, Cell cell) {
  constexpr auto kStartLimit = std::chrono::seconds(10);
  auto running = std::make_unique<Running>();
  running->handover = make_listeners(cell.network_namespace, spec.listeners);
  cell.cgroup->set_limits({spec.memory_bytes, spec.cpu_permille, spec.pids_max});
  Request request{.verb = Request::Verb::kStart, .spec = spec};
  std::erase_if(request.spec.mounts, [&](const Mount& mount) { return holds(cell.mounted, mount); });
  std::vector<Fd> order;
  running->life = spec.life;
  running->is_guest = spec.guest != Guest::kNone;
  if (cell.outputs.empty() && spec.life == Life::kOfMain) add_outputs(cell, order);
  give_order(cell, request, std::move(order));
  for (Fd& output : cell.outputs) running->handover.push_back(std::move(output));
  running->cell = std::move(cell);
  running->cell.user_namespace.reset();  // the process is, or will be, in it: no need to hold it as well
  running->init_pid = std::exchange(running->cell.process.pid, 0);
  running->init = std::move(running->cell.process.pidfd);
  running->status = std::move(running->cell.process.status);
  running->start_deadline = std::chrono::steady_clock::now() + kStartLimit;
  return running;
}

void Running::kill_all() {
  send_to_pidfd(init.get(), SIGKILL);
  try {
    cell.cgroup->thaw();  // a frozen process (v1) cannot even die
  } catch (const SandboxError&) {
    // The group may be gone already: then so are its processes.
  }
}

void Running::read_status() {
  for (;;) {
    Received received;
    if (!receive_message(status.get(), received)) return;
    StatusMessage message;
    if (received.bytes.size() != sizeof message) continue;
    std::memcpy(&message, received.bytes.data(), sizeof message);
    message.text[sizeof message.text - 1] = '\0';
    if (message.program == 0) {
      hear_of_main(message, received.sender);
    } else {
      hear_of_program(message, received.sender);
    }
    started = supervised && (main_pid != 0 || life == Life::kOfItsOwn);
  }
}

void Running::hear_of_main(const StatusMessage& message, pid_t sender) {
  switch (message.kind) {
    case StatusMessage::Kind::kMainProcess:
      main_pid = sender;
      main_process.reset(open_pidfd(main_pid));
      break;
    case StatusMessage::Kind::kStarted: supervised = true; break;
    case StatusMessage::Kind::kFailed: failure = message.text; break;
    case StatusMessage::Kind::kEnded: ended = message; break;
  }
}

void Running::hear_of_program(const StatusMessage& message, pid_t sender) {
  const auto at = programs.find(message.program);
  if (at == programs.end()) return;
  if (message.kind == StatusMessage::Kind::kMainProcess) {
    at->second.process.reset(open_pidfd(sender));
  } else {
    program_news.push_back(message);
  }
}

void Running::run(const Request& request) {
  constexpr size_t kProgramsMax = 16;  // ten extensions, a runtime, and some who ended
  if (life != Life::kOfItsOwn || !started)
    throw SandboxError(SandboxError::Kind::kInvalidSpec, "the environment takes no programs");
  if (programs.size() >= kProgramsMax)
    throw SandboxError(SandboxError::Kind::kInvalidSpec, "the environment has had its programs");
  Request order{.verb = Request::Verb::kRun, .program = last_program + 1, .spec = {}};
  order.spec.argv = request.spec.argv;
  order.spec.environment = request.spec.environment;
  order.spec.working_directory = request.spec.working_directory;
  std::vector<Fd> theirs;
  RunningProgram program{.serial = request.serial, .handover = {}, .process = {}};
  for (int i = 0; i < 2; ++i) {
    Channel pipe = make_output_pipe();
    theirs.push_back(std::move(pipe.theirs));
    program.handover.push_back(std::move(pipe.ours));
  }
  const int error = send_message(status.get(), encode(order), theirs);
  if (error != 0) {
    errno = error;
    fail_step("give the order to run a program");
  }
  programs.emplace(++last_program, std::move(program));
}

Fd Running::open_socket() const { return make_socket(cell.network_namespace); }

int Running::process_of(ProgramId program) const {
  if (program == 0) return main_process.get();
  const auto at = programs.find(program);
  return at == programs.end() ? -1 : at->second.process.get();
}

Usage Running::usage() {
  Usage out = cell.cgroup->usage();
  if (out.memory_peak_bytes != 0) return out;
  if (const Usage now = usage_of_process(main_pid); now.memory_peak_bytes != 0) last_usage_ = now;
  out.memory_peak_bytes = last_usage_.memory_peak_bytes;
  out.memory_bytes = last_usage_.memory_bytes;
  if (out.cpu_nanoseconds == 0) out.cpu_nanoseconds = last_usage_.cpu_nanoseconds;
  return out;
}

// What the kernel adds up for process 1: the largest process, the time of all.
void Running::note_end(const rusage& used) {
  constexpr uint64_t kKib = 1024;
  constexpr uint64_t kNanosecondsPerSecond = 1'000'000'000;
  constexpr uint64_t kNanosecondsPerMicrosecond = 1'000;
  const auto nanoseconds = [](const timeval& time) {
    return static_cast<uint64_t>(time.tv_sec) * kNanosecondsPerSecond +
           static_cast<uint64_t>(time.tv_usec) * kNanosecondsPerMicrosecond;
  };
  main_pid = 0;  // may be another's soon
  last_usage_.memory_peak_bytes =
      std::max(last_usage_.memory_peak_bytes, static_cast<uint64_t>(used.ru_maxrss) * kKib);
  last_usage_.cpu_nanoseconds = nanoseconds(used.ru_utime) + nanoseconds(used.ru_stime);
}

ExitStatus Running::exit_status() {
  ExitStatus out;
  out.exit_code = ended ? ended->exit_code : 0;
  out.signal = ended ? ended->signal : SIGKILL;
  out.oom_killed = out_of_memory || cell.cgroup->saw_oom_kill();
  if (is_guest && out.signal == kOutOfMemorySignal) {
    out.signal = SIGKILL;
    out.oom_killed = true;
  }
  out.usage = usage();
  return out;
}

ExitStatus Running::exit_status_of(const StatusMessage& program_ended) {
  ExitStatus out;
  out.exit_code = program_ended.exit_code;
  out.signal = program_ended.signal;
  out.oom_killed = out.signal == SIGKILL && (out_of_memory || cell.cgroup->saw_oom_kill());
  out.usage = usage();
  return out;
}

}  // namespace haneul::sandbox
