// Control groups, version 2 (Documentation/admin-guide/cgroup-v2.rst): processes are cloned straight into the
// group, memory.oom.group kills all of it at once. Works in a delegated subtree: nothing above our own group
// is touched.
#include <algorithm>

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>

#include "sandbox/cgroups.h"
#include "sandbox/kernel.h"
#include "sandbox/stale_groups.h"

namespace haneul::sandbox {
namespace {

constexpr uint64_t kPeriodMicroseconds = 20'000;
constexpr uint64_t kQuotaMicrosecondsMin = 1'000;
constexpr uint64_t kNanosecondsPerMicrosecond = 1'000;

using Controllers = std::vector<std::string>;
const Controllers& all_controllers() {
  static const Controllers kAll = {"memory", "pids", "cpu"};
  return kAll;
}

std::string handing_down(const Controllers& controllers) {
  return fmt::format("+{}", fmt::join(controllers, " +"));
}

class CgroupV2 final : public Cgroup {
 public:
  CgroupV2(const std::string& path, const Controllers& controllers) : path_(path), controllers_(controllers) {
    require(mkdir(path.c_str(), 0755), fmt::format("make control group {}", path));
    group_ = require_fd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC), "open " + path);
  }
  ~CgroupV2() override { remove(); }

  void set_limits(const CgroupLimits& limits) override {
    if (has("memory")) limit_memory(limits.memory_bytes);
    if (has("pids")) write_file_at(group_.get(), "pids.max", std::to_string(limits.pids_max));
    if (!has("cpu")) return;
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
  bool has(const char* controller) const {
    return std::find(controllers_.begin(), controllers_.end(), controller) != controllers_.end();
  }
  void limit_memory(uint64_t bytes) {
    write_file_at(group_.get(), "memory.max", std::to_string(bytes));
    if (faccessat(group_.get(), "memory.swap.max", F_OK, 0) == 0)
      write_file_at(group_.get(), "memory.swap.max", "0");
    write_file_at(group_.get(), "memory.oom.group", "1");
  }

  std::string path_;
  const Controllers& controllers_;  // that were handed down to it
  Fd group_;
};

// Controllers can be handed down only by a group without processes of its own (the root excepted): if ours
// has some, we and our server move to a leaf of their own first.
void hand_down_controllers(const std::string& own, const std::string& wanted) {
  const std::string control = own + "/cgroup.subtree_control";
  const Fd file(open(control.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file) fail_step("open " + control);
  if (write(file.get(), wanted.data(), wanted.size()) > 0) return;
  if (errno != EBUSY) fail_step("hand controllers down in " + control);
  const std::string leaf = own + "/haneul-server";
  if (mkdir(leaf.c_str(), 0755) != 0 && errno != EEXIST) fail_step("make control group " + leaf);
  write_file(leaf + "/cgroup.procs", std::to_string(getppid()));
  write_file(leaf + "/cgroup.procs", "0");
  write_file(control, wanted);
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
  CgroupFactoryV2(const std::string& own, const std::string& parent, Controllers controllers)
      : controllers_(std::move(controllers)) {
    const std::string wanted = controllers_.empty() ? std::string() : handing_down(controllers_);
    if (!wanted.empty()) hand_down_controllers(own, wanted);
    const std::string top = own + "/" + parent;
    if (mkdir(top.c_str(), 0755) != 0 && errno != EEXIST) fail_step("make control group " + top);
    {
      const ParentLock lock(top);
      stale_ = std::make_unique<StaleGroups>(top);
      instance_ = std::make_unique<InstanceDirectory>(top, own_instance_name());
    }
    stale_->kill();
    if (!wanted.empty()) {
      write_file(top + "/cgroup.subtree_control", wanted);
      write_file(instance_->path() + "/cgroup.subtree_control", wanted);
    }
  }

  std::unique_ptr<Cgroup> make() override {
    return std::make_unique<CgroupV2>(fmt::format("{}/{}", instance_->path(), ++last_), controllers_);
  }

  bool remove_stale() override { return stale_->remove(); }

 private:
  Controllers controllers_;
  std::unique_ptr<StaleGroups> stale_;
  std::unique_ptr<InstanceDirectory> instance_;
  uint64_t last_ = 0;
};

}  // namespace

std::unique_ptr<CgroupFactory> make_cgroup_factory_v2(const std::string& root, const std::string& parent) {
  return std::make_unique<CgroupFactoryV2>(own_group(root), parent, all_controllers());
}

std::unique_ptr<CgroupFactory> make_delegated_cgroup_factory(const std::string& root,
                                                             const std::string& parent,
                                                             std::vector<std::string>& controllers) {
  const std::string own = own_group(root);
  std::string present = " " + read_file(own + "/cgroup.controllers") + " ";
  std::replace(present.begin(), present.end(), '\n', ' ');
  Controllers handed;
  for (const std::string& each : all_controllers()) {
    if (present.find(" " + each + " ") != std::string::npos) handed.push_back(each);
  }
  // The group of a login belongs to root and limits nothing of ours.
  if (access(own.c_str(), W_OK) != 0 || access((own + "/cgroup.procs").c_str(), W_OK) != 0)
    throw SandboxError(SandboxError::Kind::kUnavailable, own + " belongs to somebody else");
  auto factory = std::make_unique<CgroupFactoryV2>(own, parent, handed);
  controllers = std::move(handed);
  return factory;
}

}  // namespace haneul::sandbox
