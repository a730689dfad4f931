// What is missing is said before anything is tried, in words an operator can act on: capabilities,
// namespaces, kernel version, control groups. Nothing is changed by looking, and a finding here is the only
// reason for refusing to start environments.
#include <cstdio>

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "sandbox/capabilities_report.h"
#include "sandbox/cgroups.h"
#include "sandbox/kernel.h"

namespace haneul::sandbox {
namespace {

bool has_capability(int number) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2] = {};
  if (syscall(SYS_capget, &header, data) != 0) return false;
  return (data[CAP_TO_INDEX(number)].effective & CAP_TO_MASK(number)) != 0;
}

void look_at_privileges(SandboxCapabilities& found) {
  constexpr struct {
    int number;
    const char* name;
    const char* use;
  } kNeeded[] = {
      {CAP_SYS_ADMIN, "CAP_SYS_ADMIN", "namespaces and mounts"},
      {CAP_NET_ADMIN, "CAP_NET_ADMIN", "the loopback interface of an environment"},
      {CAP_SETUID, "CAP_SETUID", "a user id of its own for each environment"},
      {CAP_SETGID, "CAP_SETGID", "a group id of its own for each environment"},
      {CAP_SYS_CHROOT, "CAP_SYS_CHROOT", "entering a root of its own"},
      {CAP_MKNOD, "CAP_MKNOD", "a private /dev"},
      {CAP_KILL, "CAP_KILL", "ending environments"},
      {CAP_NET_BIND_SERVICE, "CAP_NET_BIND_SERVICE", "listening on ports 53, 80 and 443 inside"},
      {CAP_DAC_OVERRIDE, "CAP_DAC_OVERRIDE", "control groups and code directories"},
  };
  for (const auto& need : kNeeded) {
    if (has_capability(need.number)) continue;
    found.missing.push_back(fmt::format("{} is missing ({}): start haneul as root", need.name, need.use));
  }
}

void look_at_kernel(SandboxCapabilities& found) {
  for (const char* kind : {"user", "pid", "mnt", "ipc", "uts", "net", "cgroup"}) {
    if (access(fmt::format("/proc/self/ns/{}", kind).c_str(), F_OK) != 0) {
      found.missing.push_back(fmt::format("the kernel has no {} namespaces", kind));
    }
  }
  const std::string limit = read_file("/proc/sys/user/max_user_namespaces");
  if (limit.starts_with("0\n")) {
    found.missing.emplace_back("user namespaces are disabled (sysctl user.max_user_namespaces is 0)");
  }
  utsname name{};
  uname(&name);
  int major = 0;
  int minor = 0;
  constexpr int kMajorMin = 5;
  constexpr int kMinorMin = 14;
  if (std::sscanf(name.release, "%d.%d", &major, &minor) == 2 &&
      (major < kMajorMin || (major == kMajorMin && minor < kMinorMin))) {
    found.missing.push_back(fmt::format("Linux {} is too old: 5.14 or newer is needed", name.release));
  }
  if (access("/proc/self/ns/time", F_OK) != 0) {
    found.notes.emplace_back("the kernel has no time namespaces: environments share the host's boot clock");
  }
  if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) < 0) found.missing.emplace_back("the kernel has no seccomp");
  const long abi = syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  found.landlock_abi = abi > 0 ? static_cast<int>(abi) : 0;
  if (abi <= 0)
    found.notes.emplace_back("Landlock is not enabled in this kernel: programs inside cannot use it");
}

}  // namespace

SandboxCapabilities probe(GroupNeed groups) {
  SandboxCapabilities found;
  look_at_privileges(found);
  look_at_kernel(found);
  const CgroupHost cgroups = look_at_cgroups();
  found.cgroups = cgroups.layout;
  if (groups == GroupNeed::kAll)
    found.missing.insert(found.missing.end(), cgroups.missing.begin(), cgroups.missing.end());
  return found;
}

}  // namespace haneul::sandbox
