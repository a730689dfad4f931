#include "sandbox/cgroups.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <random>

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "sandbox/kernel.h"

namespace haneul::sandbox {
namespace {

std::vector<std::string> words(std::string_view text, char separator) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const size_t end = std::min(text.find(separator), text.size());
    if (end > 0) out.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

bool has(const std::vector<std::string>& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

}  // namespace

uint64_t parse_counter(std::string_view text) {
  uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

uint64_t find_counter(std::string_view text, std::string_view name) {
  for (const std::string& line : words(text, '\n')) {
    if (line.size() > name.size() && line.starts_with(name) && line[name.size()] == ' ') {
      return parse_counter(std::string_view(line).substr(name.size() + 1));
    }
  }
  return 0;
}

std::vector<CgroupMount> parse_cgroup_mounts(std::string_view mountinfo) {
  std::vector<CgroupMount> out;
  constexpr size_t kMountPointField = 4;
  for (const std::string& line : words(mountinfo, '\n')) {
    const std::vector<std::string> fields = words(line, ' ');
    const auto dash = std::find(fields.begin(), fields.end(), "-");
    if (fields.size() <= kMountPointField || fields.end() - dash < 4) continue;
    const std::string& type = dash[1];
    if (type == "cgroup2") out.push_back({fields[kMountPointField], {}, true});
    if (type == "cgroup") out.push_back({fields[kMountPointField], words(dash[3], ','), false});
  }
  return out;
}

CgroupHost look_at_cgroups() {
  CgroupHost host;
  host.mounts = parse_cgroup_mounts(read_file("/proc/self/mountinfo"));
  bool v1_memory = false;
  std::string v2_controllers;
  for (const CgroupMount& mount : host.mounts) {
    if (mount.is_v2) v2_controllers = read_file(mount.path + "/cgroup.controllers");
    v1_memory = v1_memory || has(mount.controllers, "memory");
  }
  if (v1_memory) {
    host.layout = CgroupLayout::kV1;
    for (const char* need : {"memory", "pids", "cpu", "cpuacct", "freezer"}) {
      const bool found = std::any_of(host.mounts.begin(), host.mounts.end(),
                                     [&](const CgroupMount& mount) { return has(mount.controllers, need); });
      if (!found) host.missing.push_back(fmt::format("cgroup v1 controller '{}' is not mounted", need));
    }
    return host;
  }
  if (host.mounts.empty()) {
    host.missing.emplace_back("no cgroup file system is mounted (expected at /sys/fs/cgroup)");
    return host;
  }
  host.layout = CgroupLayout::kV2;
  std::replace(v2_controllers.begin(), v2_controllers.end(), '\n', ' ');
  const std::vector<std::string> present = words(v2_controllers, ' ');
  for (const char* need : {"memory", "pids", "cpu"}) {
    if (!has(present, need)) {
      host.missing.push_back(
          fmt::format("cgroup v2 controller '{}' is not available (delegate it to us)", need));
    }
  }
  return host;
}

std::unique_ptr<CgroupFactory> make_cgroup_factory(const CgroupHost& host, const std::string& parent) {
  if (host.layout == CgroupLayout::kV1) return make_cgroup_factory_v1(host, parent);
  for (const CgroupMount& mount : host.mounts) {
    if (mount.is_v2) return make_cgroup_factory_v2(mount.path, parent);
  }
  throw SandboxError(SandboxError::Kind::kUnavailable, "no cgroup hierarchy");
}

std::string own_instance_name() {
  std::random_device device;
  return fmt::format("launcher-{}-{:08x}", getpid(), device());
}

ParentLock::ParentLock(const std::string& parent)
    : lock_(require_fd(open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC), "open " + parent)) {
  require(flock(lock_.get(), LOCK_EX), "lock " + parent);
}

InstanceDirectory::InstanceDirectory(const std::string& parent, const std::string& name)
    : path_(parent + "/" + name) {
  require(mkdir(path_.c_str(), 0755), fmt::format("make control group {}", path_));
  lock_ = require_fd(open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC), "open " + path_);
  require(flock(lock_.get(), LOCK_EX | LOCK_NB), "lock " + path_);
}

InstanceDirectory::~InstanceDirectory() {
  if (lock_) rmdir(path_.c_str());
}

}  // namespace haneul::sandbox
