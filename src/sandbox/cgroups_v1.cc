// Control groups, version 1: one group per hierarchy. The kernel does not kill a whole v1 group when memory
// runs out, so an eventfd tells the launcher, which does (Documentation/admin-guide/cgroup-v1/memory.rst,
// sections 9 and 10).
#include <algorithm>
#include <array>
#include <map>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sandbox/cgroups.h"
#include "sandbox/kernel.h"
#include "sandbox/stale_groups.h"

namespace haneul::sandbox {
namespace {

enum Controller : size_t { kMemory, kPids, kCpu, kCpuacct, kFreezer, kControllers };
constexpr std::array<const char*, kControllers> kNames = {"memory", "pids", "cpu", "cpuacct", "freezer"};
constexpr uint64_t kPeriodMicroseconds = 20'000;  // short, so that a small share is not one long stall
constexpr uint64_t kQuotaMicrosecondsMin = 1'000;

class CgroupV1 final : public Cgroup {
 public:
  // directories[c] is the instance directory of controller c; hierarchies mounted together name the same one.
  CgroupV1(const std::array<std::string, kControllers>& directories, const std::string& name) {
    for (size_t c = 0; c < kControllers; ++c) {
      const std::string path = directories[c] + "/" + name;
      if (std::find(paths_.begin(), paths_.end(), path) == paths_.end()) {
        require(mkdir(path.c_str(), 0755), fmt::format("make control group {}", path));
        paths_.push_back(path);
      }
      group_[c] = path;
    }
    watch_out_of_memory();
  }
  ~CgroupV1() override { remove(); }

  void set_limits(const CgroupLimits& limits) override {
    const std::string bytes = std::to_string(limits.memory_bytes);
    write(kMemory, "memory.limit_in_bytes", bytes);
    // Absent when the kernel has no swap accounting; there is no swap to limit then.
    if (access(at(kMemory, "memory.memsw.limit_in_bytes").c_str(), F_OK) == 0) {
      write(kMemory, "memory.memsw.limit_in_bytes", bytes);
    }
    write(kPids, "pids.max", std::to_string(limits.pids_max));
    const uint64_t quota = std::max(kPeriodMicroseconds * limits.cpu_permille / 1000, kQuotaMicrosecondsMin);
    write(kCpu, "cpu.cfs_period_us", std::to_string(kPeriodMicroseconds));
    write(kCpu, "cpu.cfs_quota_us", std::to_string(quota));
  }

  int clone_into_fd() const override { return -1; }

  // "tasks" and not "cgroup.procs": moving one's own thread does not wait for every fork of the machine to
  // pause.
  std::vector<Fd> open_entrances() const override {
    std::vector<Fd> entrances;
    for (const std::string& path : paths_)
      entrances.push_back(require_fd(open((path + "/tasks").c_str(), O_WRONLY | O_CLOEXEC), "open " + path));
    return entrances;
  }

  void freeze() override { write(kFreezer, "freezer.state", "FROZEN"); }
  void thaw() override { write(kFreezer, "freezer.state", "THAWED"); }
  bool is_frozen() override { return read(kFreezer, "freezer.state").starts_with("FROZEN"); }

  Usage usage() override {
    return {.memory_peak_bytes = parse_counter(read(kMemory, "memory.max_usage_in_bytes")),
            .memory_bytes = parse_counter(read(kMemory, "memory.usage_in_bytes")),
            .cpu_nanoseconds = parse_counter(read(kCpuacct, "cpuacct.usage"))};
  }

  bool saw_oom_kill() override { return find_counter(read(kMemory, "memory.oom_control"), "oom_kill") > 0; }

  int oom_event_fd() const override { return oom_event_.get(); }

  bool remove() override {
    oom_event_.reset();
    std::erase_if(paths_,
                  [](const std::string& path) { return rmdir(path.c_str()) == 0 || errno == ENOENT; });
    return paths_.empty();
  }

 private:
  std::string at(Controller controller, const char* file) const { return group_[controller] + "/" + file; }
  std::string read(Controller controller, const char* file) const {
    return read_file_at(AT_FDCWD, at(controller, file).c_str());
  }
  void write(Controller controller, const char* file, std::string_view text) {
    write_file_at(AT_FDCWD, at(controller, file).c_str(), text);
  }

  void watch_out_of_memory() {
    oom_event_ = require_fd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd");
    const Fd control(open(at(kMemory, "memory.oom_control").c_str(), O_RDONLY | O_CLOEXEC));
    if (!control) fail_step("open memory.oom_control");
    write(kMemory, "cgroup.event_control", fmt::format("{} {}", oom_event_.get(), control.get()));
  }

  std::vector<std::string> paths_;
  std::array<std::string, kControllers> group_;  // opened when needed: thousands would take descriptors
  Fd oom_event_;
};

class CgroupFactoryV1 final : public CgroupFactory {
 public:
  CgroupFactoryV1(const CgroupHost& host, const std::string& parent) {
    const std::string name = own_instance_name();
    std::map<std::string, size_t> made;  // mount point -> index in instances_
    for (size_t c = 0; c < kControllers; ++c) {
      const auto mount =
          std::find_if(host.mounts.begin(), host.mounts.end(), [&](const CgroupMount& candidate) {
            const auto& names = candidate.controllers;
            return std::find(names.begin(), names.end(), kNames[c]) != names.end();
          });
      if (mount == host.mounts.end()) throw SandboxError(SandboxError::Kind::kUnavailable, kNames[c]);
      if (!made.contains(mount->path)) {
        const std::string top = mount->path + "/" + parent;
        if (mkdir(top.c_str(), 0755) != 0 && errno != EEXIST)
          fail_step(fmt::format("make control group {}", top));
        const ParentLock lock(top);
        stale_.emplace_back(top);
        made.emplace(mount->path, instances_.size());
        instances_.emplace_back(top, name);
      }
      directories_[c] = instances_[made[mount->path]].path();
    }
    // In every hierarchy before anything is removed: the same processes are in all of them.
    for (StaleGroups& stale : stale_) stale.kill();
  }

  bool remove_stale() override {
    std::erase_if(stale_, [](StaleGroups& stale) { return stale.remove(); });
    return stale_.empty();
  }

  std::unique_ptr<Cgroup> make() override {
    return std::make_unique<CgroupV1>(directories_, std::to_string(++last_));
  }

 private:
  std::vector<StaleGroups> stale_;
  std::vector<InstanceDirectory> instances_;
  std::array<std::string, kControllers> directories_;
  uint64_t last_ = 0;
};

}  // namespace

std::unique_ptr<CgroupFactory> make_cgroup_factory_v1(const CgroupHost& host, const std::string& parent) {
  return std::make_unique<CgroupFactoryV1>(host, parent);
}

}  // namespace haneul::sandbox
