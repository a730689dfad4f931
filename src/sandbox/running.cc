#include "sandbox/running.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>

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

}  // namespace

std::unique_ptr<Running> launch(const EnvironmentSpec& spec, Cell cell) {
  constexpr auto kStartLimit = std::chrono::seconds(10);
  auto running = std::make_unique<Running>();
  running->handover = make_listeners(cell.network_namespace, spec.listeners);
  cell.cgroup->set_limits({spec.memory_bytes, spec.cpu_permille, spec.pids_max});
  Channel output = make_output_pipe();
  Channel errors = make_output_pipe();
  std::vector<Fd> order;
  order.push_back(std::move(output.theirs));
  order.push_back(std::move(errors.theirs));
  for (Fd& source : open_sources(spec.mounts)) order.push_back(std::move(source));
  const std::string bytes = encode(Request{.verb = Request::Verb::kStart, .spec = spec});
  const int error = send_message(cell.process.status.get(), bytes, order);
  if (error != 0 && error != EPIPE) {  // a process that has ended says why by itself
    errno = error;
    fail_step("give the order to start");
  }
  running->cell = std::move(cell);
  running->cell.user_namespace.reset();  // the process is, or will be, in both: no need to hold them as well
  running->cell.network_namespace.reset();
  running->init_pid = std::exchange(running->cell.process.pid, 0);
  running->init = std::move(running->cell.process.pidfd);
  running->status = std::move(running->cell.process.status);
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
      case StatusMessage::Kind::kStarted: supervised = true; break;
      case StatusMessage::Kind::kFailed: failure = message.text; break;
      case StatusMessage::Kind::kEnded: ended = message; break;
    }
    started = supervised && main_pid != 0;
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
