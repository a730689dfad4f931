#include "sandbox/cell.h"

#include <unistd.h>

#include "sandbox/network.h"
#include "sandbox/user_namespace.h"

namespace haneul::sandbox {

// Launchers of one host share the range of ids: each begins elsewhere, so that they rarely meet.
CellPool::CellPool(const LauncherConfig& config, CgroupFactory& cgroups)
    : config_(config), cgroups_(cgroups), turn_(static_cast<uint32_t>(getpid()) * 4099u % config.uid_count) {}

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
