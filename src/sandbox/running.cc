#include "sandbox/running.h"

#include <cstring>

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "sandbox/kernel.h"
#include "sandbox/messages.h"
#include "sandbox/network.h"

namespace haneul::sandbox {
namespace {

constexpr uint64_t kNewTime = 0x80;  // CLONE_NEWTIME, which older headers lack

uint64_t namespace_flags() {
  static const bool has_time = access("/proc/self/ns/time", F_OK) == 0;
  return CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | (has_time ? kNewTime : 0);
}

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

Channel make_status_channel() {
  int ends[2];
  require(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), "socketpair");
  Channel channel{Fd(ends[0]), Fd(ends[1])};
  const int on = 1;
  require(setsockopt(channel.ours.get(), SOL_SOCKET, SO_PASSCRED, &on, sizeof on), "ask for credentials");
  return channel;
}

}  // namespace

std::unique_ptr<Running> launch(const EnvironmentSpec& spec, Cell cell, const Isolation& isolation) {
  constexpr auto kStartLimit = std::chrono::seconds(10);
  auto running = std::make_unique<Running>();
  running->cell = std::move(cell);
  running->handover = make_listeners(running->cell.network_namespace, spec.listeners);
  running->cell.cgroup->set_limits({spec.memory_bytes, spec.cpu_permille, spec.pids_max});
  Channel output = make_output_pipe();
  Channel errors = make_output_pipe();
  Channel status = make_status_channel();
  Cell& in = running->cell;
  ForkedChild child = fork_into(namespace_flags(), in.cgroup->clone_into_fd());
  if (child.pid == 0) {
    run_environment({spec, isolation.filter, isolation.root_template, in.network_namespace, in.user_namespace,
                     *in.cgroup, status.theirs.get(), output.theirs.get(), errors.theirs.get()});
  }
  running->init_pid = child.pid;
  running->init = std::move(child.pidfd);
  running->status = std::move(status.ours);
  running->handover.push_back(std::move(output.ours));
  running->handover.push_back(std::move(errors.ours));
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
    switch (message.kind) {
      case StatusMessage::Kind::kMainProcess:
        main_pid = received.sender;
        main_process.reset(open_pidfd(main_pid));
        break;
      case StatusMessage::Kind::kStarted: started = true; break;
      case StatusMessage::Kind::kFailed: failure = message.text; break;
      case StatusMessage::Kind::kEnded: ended = message; break;
    }
  }
}

ExitStatus Running::exit_status() {
  ExitStatus out;
  out.exit_code = ended ? ended->exit_code : 0;
  out.signal = ended ? ended->signal : SIGKILL;
  out.oom_killed = out_of_memory || cell.cgroup->saw_oom_kill();
  out.usage = cell.cgroup->usage();
  return out;
}

}  // namespace haneul::sandbox
