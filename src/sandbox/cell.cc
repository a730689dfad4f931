#include "sandbox/cell.h"

#include <optional>
#include <utility>

#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox/kernel.h"
#include "sandbox/namespace_maker.h"

namespace haneul::sandbox {
namespace {

constexpr uint64_t kNewTime = 0x80;  // CLONE_NEWTIME, which older headers lack
constexpr size_t kReadyFewest = 2;
constexpr size_t kPartsBeyond =
    2;  // what is made ahead beside the cells that are ready: zygotes need some too

}  // namespace

uint64_t environment_namespaces() {
  static const bool has_time = access("/proc/self/ns/time", F_OK) == 0;
  return CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | (has_time ? kNewTime : 0);
}

StatusChannel make_status_channel() {
  int ends[2];
  require(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), "socketpair");
  StatusChannel channel{Fd(ends[0]), Fd(ends[1])};
  const int on = 1;
  require(setsockopt(channel.ours.get(), SOL_SOCKET, SO_PASSCRED, &on, sizeof on), "ask for credentials");
  return channel;
}

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
      appetite_(kReadyFewest, config.pool_size),
      turn_(static_cast<uint32_t>(getpid()) * 4099u % config.uid_count) {}

CellPool::~CellPool() = default;

Cell CellPool::take() {
  appetite_.was_used(std::chrono::steady_clock::now());
  if (ready_.empty()) {
    appetite_.ran_out();
    add_one();
  }
  Cell cell = std::move(ready_.front());
  ready_.pop_front();
  return cell;
}

void CellPool::add_one() { ready_.push_back(make()); }

Cell CellPool::make() {
  Cell cell = make_bare();
  StatusChannel status = make_status_channel();
  const std::vector<Fd> entrances = cell.cgroup->open_entrances();
  ForkedChild child = fork_into(environment_namespaces(), cell.cgroup->clone_into_fd());
  if (child.pid == 0) {
    run_environment(
        {isolation_, cell.network_namespace, cell.user_namespace, entrances, status.theirs.get()});
  }
  cell.process.pid = child.pid;
  cell.process.pidfd = std::move(child.pidfd);
  cell.process.status = std::move(status.ours);
  return cell;
}

void CellPool::digest(SteadyTime now) {
  appetite_.digest(now);
  while (ready_.size() > appetite_.wanted()) {
    release_id(ready_.back().host_id);
    ready_.pop_back();
  }
  while (parts_.size() > appetite_.wanted() + kPartsBeyond) {
    release_id(parts_.back().host_id);
    parts_.pop_back();
  }
}

Cell CellPool::make_bare() {
  Cell cell;
  cell.cgroup = cgroups_.make();
  if (parts_.empty()) {
    const uint32_t host_id = next_id();
    parts_.push_back(make_namespaces(host_id));
    ids_in_use_.insert(host_id);
  }
  cell.host_id = parts_.front().host_id;
  cell.network_namespace = std::move(parts_.front().network);
  cell.user_namespace = std::move(parts_.front().user);
  parts_.pop_front();
  order_parts();
  return cell;
}

bool CellPool::has_bare() const { return !maker_ || !parts_.empty() || maker_->asked().empty(); }

int CellPool::start_maker() {
  maker_ = std::make_unique<NamespaceMaker>();
  order_parts();
  return maker_->socket();
}

void CellPool::order_parts() {
  while (maker_ && parts_.size() + maker_->asked().size() < appetite_.wanted() + kPartsBeyond) {
    const uint32_t host_id = next_id();
    maker_->ask(host_id);
    if (maker_->lost()) return on_maker();
    ids_in_use_.insert(host_id);
  }
}

void CellPool::on_maker() {
  if (!maker_) return;
  while (std::optional<Namespaces> made = maker_->read()) parts_.push_back(std::move(*made));
  if (!maker_->lost()) return;
  for (const uint32_t host_id : maker_->asked()) release_id(host_id);
  maker_.reset();
}

uint32_t CellPool::next_id() {
  for (uint32_t tries = 0; tries < config_.uid_count; ++tries) {
    if (config_.uid_count == 1) return config_.uid_base;  // one that all share
    const uint32_t id = config_.uid_base + turn_;
    turn_ = (turn_ + 1) % config_.uid_count;
    if (!ids_in_use_.contains(id)) return id;
  }
  throw SandboxError(SandboxError::Kind::kUnavailable, "every user id of the range is in use");
}

}  // namespace haneul::sandbox
