#include "sandbox/zygote_process.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/log.h"
#include "sandbox/kernel.h"
#include "sandbox/messages.h"
#include "sandbox/mounts.h"
#include "sandbox/privileges.h"
#include "sandbox/user_namespace.h"
#include "sandbox/zygote_messages.h"

namespace haneul::sandbox {
namespace {

constexpr std::chrono::seconds kAnswerLimit{2};
constexpr CgroupLimits kLimits{.memory_bytes = 512 << 20, .cpu_permille = 1000, .pids_max = 64};

struct Birth {
  const Zygote& zygote;
  const Isolation& isolation;
  const std::vector<Fd>& sources;
  const std::vector<Fd>& entrances;
  int control;
};

void settle(const Birth& birth) {
  umask(022);
  for (const int number : kLauncherIgnores) signal(number, SIG_DFL);
  require(prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0), "tie the zygote to the launcher");
  for (const Fd& entrance : birth.entrances) {
    if (write(entrance.get(), "0", 1) != 1) fail_step("enter the zygote's control group");
  }
  drop_supplementary_groups();  // while there is a /proc to ask
  enter_bare_root(birth.isolation.root_template, birth.zygote.mounts, birth.sources);
  leave_session_keyring();
  const rlimit no_core{0, 0};
  require(setrlimit(RLIMIT_CORE, &no_core), "forbid core dumps");
  // Entering namespaces; the root directory that comes with a mount namespace; dropping groups once more.
  keep_capabilities({CAP_SYS_ADMIN, CAP_SYS_CHROOT, CAP_SETGID});
}

[[noreturn]] void run_zygote(const Birth& birth) {
  try {
    settle(birth);
    std::vector<char*> argv = to_pointers(birth.zygote.argv);
    std::vector<char*> environment = to_pointers(birth.zygote.environment);
    const int null = require(open("/dev/null", O_RDWR), "open /dev/null");
    // The control socket may itself be one of the lowest numbers.
    const int control = require(fcntl(birth.control, F_DUPFD, kZygoteControl + 1), "keep the control socket");
    require(dup2(null, STDIN_FILENO), "prepare standard input");
    require(dup2(null, STDOUT_FILENO), "prepare standard output");
    require(dup2(control, kZygoteControl), "place the control socket");
    close_range(kZygoteControl + 1, ~0U, 0);
    execve(argv[0], argv.data(), environment.data());
    fail_step(birth.zygote.argv[0]);
  } catch (const std::exception& error) {
    log_error("a zygote could not be started", {{"reason", error.what()}});
  }
  _exit(1);
}

}  // namespace

ZygoteProcess::ZygoteProcess(const Zygote& zygote, const Isolation& isolation, std::unique_ptr<Cgroup> group)
    : group_(std::move(group)) {
  group_->set_limits(kLimits);
  const std::vector<Fd> sources = open_sources(zygote.mounts);
  const std::vector<Fd> entrances = group_->open_entrances();
  int ends[2];
  require(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), "socketpair");
  process_.status.reset(ends[0]);
  const Fd theirs(ends[1]);
  ForkedChild child = fork_into(CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS, group_->clone_into_fd());
  if (child.pid == 0) run_zygote({zygote, isolation, sources, entrances, theirs.get()});
  process_.pid = child.pid;
  process_.pidfd = std::move(child.pidfd);
  const ZygoteSetup setup{environment_namespaces()};
  std::string bytes(reinterpret_cast<const char*>(&setup), sizeof setup);
  bytes += isolation.filter.bytes();
  std::vector<Fd> fds;
  fds.emplace_back(fcntl(isolation.root_template.get(), F_DUPFD_CLOEXEC, 0));
  errno = send_message(control(), bytes, fds);
  if (errno != 0) fail_step("set the zygote up");
}

ZygoteProcess::~ZygoteProcess() { process_ = {}; }  // before its group is removed

void ZygoteProcess::ask(Cell cell, SteadyTime now) {
  StatusChannel status = make_status_channel();
  ZygoteOrder order;
  std::vector<Fd> fds;
  fds.push_back(std::move(status.theirs));
  const auto lend = [&fds](int fd) { fds.emplace_back(fcntl(fd, F_DUPFD_CLOEXEC, 0)); };
  lend(cell.network_namespace.get());
  lend(cell.user_namespace.get());
  if (cell.cgroup->clone_into_fd() >= 0) {
    order.has_group = 1;
    lend(cell.cgroup->clone_into_fd());
  }
  for (Fd& entrance : cell.cgroup->open_entrances()) fds.push_back(std::move(entrance));
  const std::string bytes(reinterpret_cast<const char*>(&order), sizeof order);
  lost_ = lost_ || send_message(control(), bytes, fds) != 0;
  asked_.push_back({std::move(cell), std::move(status.ours), now});
}

std::vector<Cell> ZygoteProcess::read(std::vector<Cell>& failed) {
  std::vector<Cell> made;
  Received received;
  for (; receive_message(control(), received); received = {}) {
    ZygoteAnswer answer;
    if (received.bytes.size() != sizeof answer) continue;
    std::memcpy(&answer, received.bytes.data(), sizeof answer);
    if (answer.kind == ZygoteAnswer::Kind::kReady) ready_ = true;
    if (answer.kind == ZygoteAnswer::Kind::kReady || asked_.empty()) continue;
    Asked first = std::move(asked_.front());
    asked_.pop_front();
    if (answer.kind == ZygoteAnswer::Kind::kFailed || received.fds.size() != 1) {
      log_warning("a zygote could not fork", {{"reason", std::strerror(answer.error)}});
      failed.push_back(std::move(first.cell));
      continue;
    }
    first.cell.origin = Origin::kForked;
    first.cell.process.pid = answer.pid;
    first.cell.process.pidfd = std::move(received.fds[0]);
    first.cell.process.status = std::move(first.status);
    made.push_back(std::move(first.cell));
  }
  lost_ = lost_ || received.closed;
  return made;
}

void ZygoteProcess::look_at_time(SteadyTime now) {
  lost_ = lost_ || (!asked_.empty() && now - asked_.front().since > kAnswerLimit);
}

std::vector<Cell> ZygoteProcess::give_up() {
  std::vector<Cell> cells;
  for (Asked& each : asked_) cells.push_back(std::move(each.cell));
  asked_.clear();
  return cells;
}

}  // namespace haneul::sandbox
