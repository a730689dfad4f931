// Control groups, version 2 (Documentation/admin-guide/cgroup-v2.rst): processes are cloned straight into the
// group, memory.oom.group kills all of it at once. Works in a delegated subtree: nothing above our own group
// is touched.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include "sandbox/cgroups.h"
#include "sandbox/kernel.h"
#include "sandbox/stale_groups.h"

namespace haneul::sandbox {
namespace {

constexpr uint64_t kPeriodMicroseconds = 20'000;
constexpr uint64_t kQuotaMicrosecondsMin = 1'000;
constexpr uint64_t kNanosecondsPerMicrosecond = 1'000;
constexpr const char* kWanted = "+memory +pids +cpu";

class CgroupV2 final : public Cgroup {
 public:
  explicit CgroupV2(const std::string& path) : path_(path) {
    require(mkdir(path.c_str(), 0755), fmt::format("make control group {}", path));
    group_ = require_fd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC), "open " + path);
  }
  ~CgroupV2() override { remove(); }

  void set_limits(const CgroupLimits& limits) override {
    write_file_at(group_.get(), "memory.max", std::to_string(limits.memory_bytes));
    if (faccessat(group_.get(), "memory.swap.max", F_OK, 0) == 0)
      write_file_at(group_.get(), "memory.swap.max", "0");
    write_file_at(group_.get(), "memory.oom.group", "1");
    write_file_at(group_.get(), "pids.max", std::to_string(limits.pids_max));
    const uint64_t quota = std::max(kPeriodMicroseconds * limits.cpu_permille / 1000, kQuotaMicrosecondsMin);
    write_file_at(group_.get(), "cpu.max", fmt::format("{} {}", quota, kPeriodMicroseconds));
  }

  int clone_into_fd() const override { return group_.get(); }
  std::vector<Fd> open_entrances() const override { return {}; }
  void freeze() override { write_file_at(group_.get(), "cgroup.freeze", "1"); }
  void thaw() override { write_file_at(group_.get(), "cgroup.freeze", "0"); }
  bool is_frozen() override {
    return find_counter(read_file_at(group_.get(), "cgroup.events"), "frozen") == 1;
  }

  Usage usage() override {
    const uint64_t microseconds = find_counter(read_file_at(group_.get(), "cpu.stat"), "usage_usec");
    return {.memory_peak_bytes = parse_counter(read_file_at(group_.get(), "memory.peak")),
            .memory_bytes = parse_counter(read_file_at(group_.get(), "memory.current")),
            .cpu_nanoseconds = microseconds * kNanosecondsPerMicrosecond};
  }

  bool saw_oom_kill() override {
    return find_counter(read_file_at(group_.get(), "memory.events"), "oom_kill") > 0;
  }
  int oom_event_fd() const override { return -1; }
  bool remove() override { return rmdir(path_.c_str()) == 0 || errno == ENOENT; }

 private:
  std::string path_;
  Fd group_;
};

// Controllers can be handed down only by a group without processes of its own (the root excepted): if ours
// has some, we and our server move to a leaf of their own first.
void hand_down_controllers(const std::string& own) {
  const std::string control = own + "/cgroup.subtree_control";
  const Fd file(open(control.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file) fail_step("open " + control);
  const std::string_view wanted = kWanted;
  if (write(file.get(), wanted.data(), wanted.size()) > 0) return;
  if (errno != EBUSY) fail_step("hand controllers down in " + control);
  const std::string leaf = own + "/haneul-server";
  if (mkdir(leaf.c_str(), 0755) != 0 && errno != EEXIST) fail_step("make control group " + leaf);
  write_file(leaf + "/cgroup.procs", std::to_string(getppid()));
  write_file(leaf + "/cgroup.procs", "0");
  write_file(control, kWanted);
}

std::string own_group(const std::string& root) {
  const std::string text = read_file("/proc/self/cgroup");
  const size_t line = text.find("0::");
  if (line == std::string::npos) fail_step("find our own control group");
  const std::string path = text.substr(line + 3, text.find('\n', line) - line - 3);
  return path == "/" ? root : root + path;
}

class CgroupFactoryV2 final : public CgroupFactory {
 public:
  CgroupFactoryV2(const std::string& root, const std::string& parent) {
    const std::string own = own_group(root);
    const bool has_controllers = read_file(own + "/cgroup.controllers").find("memory") != std::string::npos;
    if (has_controllers) hand_down_controllers(own);
    const std::string top = own + "/" + parent;
    if (mkdir(top.c_str(), 0755) != 0 && errno != EEXIST) fail_step("make control group " + top);
    stale_ = std::make_unique<StaleGroups>(top);
    stale_->kill();
    instance_ = std::make_unique<InstanceDirectory>(top, own_instance_name());
    if (has_controllers) {
      write_file(top + "/cgroup.subtree_control", kWanted);
      write_file(instance_->path() + "/cgroup.subtree_control", kWanted);
    }
  }

  std::unique_ptr<Cgroup> make() override {
    return std::make_unique<CgroupV2>(fmt::format("{}/{}", instance_->path(), ++last_));
  }

  bool remove_stale() override { return stale_->remove(); }

 private:
  std::unique_ptr<StaleGroups> stale_;
  std::unique_ptr<InstanceDirectory> instance_;
  uint64_t last_ = 0;
};

}  // namespace

std::unique_ptr<CgroupFactory> make_cgroup_factory_v2(const std::string& root, const std::string& parent) {
  return std::make_unique<CgroupFactoryV2>(root, parent);
}

}  // namespace haneul::sandbox
