#include "sandbox/cell.h"

#include <utility>

#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox/kernel.h"
#include "sandbox/network.h"
#include "sandbox/user_namespace.h"

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

Channel make_status_channel() {
  int ends[2];
  require(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), "socketpair");
  Channel channel{Fd(ends[0]), Fd(ends[1])};
  const int on = 1;
  require(setsockopt(channel.ours.get(), SOL_SOCKET, SO_PASSCRED, &on, sizeof on), "ask for credentials");
  return channel;
}

}  // namespace

WaitingProcess::WaitingProcess(WaitingProcess&& other) noexcept
    : pid(std::exchange(other.pid, 0)), pidfd(std::move(other.pidfd)), status(std::move(other.status)) {}

WaitingProcess& WaitingProcess::operator=(WaitingProcess&& other) noexcept {
  std::swap(pid, other.pid);
  std::swap(pidfd, other.pidfd);
  std::swap(status, other.status);
  return *this;
}

WaitingProcess::~WaitingProcess() {
  if (pid <= 0) return;
  send_to_pidfd(pidfd.get(), SIGKILL);
  waitpid(pid, nullptr, 0);
}

// Launchers of one host share the range of ids: each begins elsewhere, so that they rarely meet.
CellPool::CellPool(const LauncherConfig& config, CgroupFactory& cgroups, const Isolation& isolation)
    : config_(config),
      cgroups_(cgroups),
      isolation_(isolation),
      turn_(static_cast<uint32_t>(getpid()) * 4099u % config.uid_count) {}

Cell CellPool::take() {
  if (ready_.empty()) return make();
  Cell cell = std::move(ready_.front());
  ready_.pop_front();
  return cell;
}

void CellPool::add_one() { ready_.push_back(make()); }

Cell CellPool::make() {
  Cell cell;
  cell.cgroup = cgroups_.make();
  cell.network_namespace = make_network_namespace();
  cell.host_id = next_id();
  cell.user_namespace = make_user_namespace(cell.host_id);
  Channel status = make_status_channel();
  ForkedChild child = fork_into(namespace_flags(), cell.cgroup->clone_into_fd());
  if (child.pid == 0) {
    run_environment(
        {isolation_, cell.network_namespace, cell.user_namespace, *cell.cgroup, status.theirs.get()});
  }
  cell.process.pid = child.pid;
  cell.process.pidfd = std::move(child.pidfd);
  cell.process.status = std::move(status.ours);
  ids_in_use_.insert(cell.host_id);
  return cell;
}

uint32_t CellPool::next_id() {
  for (uint32_t tries = 0; tries < config_.uid_count; ++tries) {
    const uint32_t id = config_.uid_base + turn_;
    turn_ = (turn_ + 1) % config_.uid_count;
    if (!ids_in_use_.contains(id)) return id;
  }
  throw SandboxError(SandboxError::Kind::kUnavailable, "every user id of the range is in use");
}

}  // namespace haneul::sandbox
