// Cells: what an environment needs that can be made ahead of time and off the request path - a user namespace
// with its own host id, a network namespace, a control group. A cell serves one environment and is thrown
// away with it, so nothing passes from one tenant to the next.
#pragma once

#include <deque>
#include <memory>
#include <set>

#include "base/fd.h"
#include "sandbox/cgroups.h"
#include "sandbox/launcher.h"

namespace haneul::sandbox {

struct Cell {
  uint32_t host_id = 0;
  Fd user_namespace;
  Fd network_namespace;
  std::unique_ptr<Cgroup> cgroup;
};

class CellPool {
 public:
  CellPool(const LauncherConfig& config, CgroupFactory& cgroups);
  Cell take();  // from the pool, or made now
  bool wants_more() const { return ready_.size() < config_.pool_size; }
  void add_one();
  void release_id(uint32_t host_id) { ids_in_use_.erase(host_id); }

 private:
  Cell make();
  uint32_t next_id();
  const LauncherConfig& config_;
  CgroupFactory& cgroups_;
  std::deque<Cell> ready_;
  std::set<uint32_t> ids_in_use_;
  uint32_t turn_;
};

}  // namespace haneul::sandbox
