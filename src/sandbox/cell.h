// Cells: what an environment needs that can be made ahead of time and off the request path - a user namespace
// with its own host id, a network namespace, a control group, and a process already inside them. A cell
// serves one environment and is thrown away with it, so nothing passes from one tenant to the next.
#pragma once

#include <deque>
#include <memory>
#include <set>

#include "base/fd.h"
#include "sandbox/appetite.h"
#include "sandbox/cgroups.h"
#include "sandbox/environment_process.h"
#include "sandbox/launcher.h"

namespace haneul::sandbox {

// A process that waits to become an environment; ended with this object unless given away.
struct WaitingProcess {
  pid_t pid = 0;
  Fd pidfd;
  Fd status;  // our end: the order goes in, StatusMessage datagrams come out

  WaitingProcess() = default;
  WaitingProcess(WaitingProcess&& other) noexcept;
  WaitingProcess& operator=(WaitingProcess&& other) noexcept;
  ~WaitingProcess();
};

struct Cell {
  uint32_t host_id = 0;
  Fd user_namespace;
  Fd network_namespace;
  std::unique_ptr<Cgroup> cgroup;
  Origin origin = Origin::kExecuted;  // of what its process will start, or has
  std::vector<Mount> mounted;         // kWaited: what its program sees already
  std::vector<Fd> outputs;            // kWaited: the read ends of its output and errors
  SteadyTime waits_since;             // kWaited
  WaitingProcess process;             // after the group: ended before the group is removed
};

// What process 1 talks to the launcher through; ours asks for the sender's credentials.
struct StatusChannel {
  Fd ours;
  Fd theirs;
};
StatusChannel make_status_channel();
uint64_t environment_namespaces();  // CLONE_NEW* flags of process 1; network, mounts, groups and user follow

struct Namespaces;
class NamespaceMaker;

class CellPool {
 public:
  CellPool(const LauncherConfig& config, CgroupFactory& cgroups, const Isolation& isolation);
  ~CellPool();
  Cell take();  // from the pool, or made now
  bool at_rest() const { return appetite_.at_rest(); }
  bool wants_more() const { return ready_.size() < appetite_.wanted() && has_bare(); }
  void add_one();
  // Between requests: gives back what has not been needed for long.
  void digest(SteadyTime now);
  Cell make_bare();  // without a process
  Cell make();       // with one that awaits its order
  // Whether that is quick; when it is not yet, it soon will be.
  bool has_bare() const;
  void release_id(uint32_t host_id) { ids_in_use_.erase(host_id); }

  // The helper that makes parts of bare cells ahead: its socket, and what to do when it has spoken.
  int start_maker();
  void on_maker();

 private:
  void order_parts();
  uint32_t next_id();
  const LauncherConfig& config_;
  CgroupFactory& cgroups_;
  Isolation isolation_;
  Appetite appetite_;
  std::unique_ptr<NamespaceMaker> maker_;  // null: parts are made when needed
  std::deque<Namespaces> parts_;
  std::deque<Cell> ready_;
  std::set<uint32_t> ids_in_use_;
  uint32_t turn_;
};

}  // namespace haneul::sandbox
