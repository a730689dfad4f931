#include "sandbox/mounts.h"

#include <algorithm>

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "sandbox/devices.h"
#include "sandbox/guest_launch.h"
#include "sandbox/kernel.h"

namespace haneul::sandbox {
namespace {

constexpr unsigned long kPlain = MS_NOSUID | MS_NODEV;

// Kernel addresses, memory, keys, timers, devices and the host's command line. Most are closed to an
// unprivileged user already; covering them keeps it so when a kernel forgets.
constexpr const char* kCoveredFiles[] = {
    "cmdline", "config.gz",   "iomem",       "ioports",       "kallsyms",   "kcore",         "key-users",
    "keys",    "kmsg",        "kpagecgroup", "kpagecount",    "kpageflags", "latency_stats", "modules",
    "mtrr",    "sched_debug", "slabinfo",    "sysrq-trigger", "timer_list", "vmallocinfo",
};
constexpr const char* kTrigger = "/proc/sysrq-trigger";
constexpr const char* kCoveredDirectories[] = {"acpi",          "asound", "bus", "driver",
                                               "dynamic_debug", "fs",     "irq", "scsi"};

void set_attributes(int fd, const char* path, uint64_t set) {
  mount_attr attr{};
  attr.attr_set = set;
  const unsigned flags = *path == '\0' ? AT_EMPTY_PATH : 0;
  require(mount_setattr(fd, path, flags, &attr, sizeof attr), fmt::format("restrict the mount at {}", path));
}

// The template of an ordinary user holds the host's (root_template.h).
bool has_hosts_proc() {
  struct statfs system{};
  return statfs("/proc", &system) == 0 && system.f_type == PROC_SUPER_MAGIC;
}

void leave_hosts_proc() { require(umount2("/proc", MNT_DETACH), "leave the host's /proc"); }

constexpr std::string_view kMountPlace = "/mnt/";

// Places below /mnt exist only in environments that ask for them: a small file system of its own holds them.
void make_mount_places(const std::vector<Mount>& mounts) {
  const auto below = [](const Mount& mount) { return mount.target.starts_with(kMountPlace); };
  if (std::none_of(mounts.begin(), mounts.end(), below)) return;
  require(mount("haneul", "/mnt", "tmpfs", kPlain, "mode=0755,size=64k,nr_inodes=64"), "mount /mnt");
  for (const Mount& mount : mounts) {
    if (!below(mount)) continue;
    require(mkdir(mount.target.c_str(), 0755), "make " + mount.target);
    if (mount.target == kKitInside) require(mkdir(kShareInside, 0755), "make a place for the share");
  }
  set_attributes(AT_FDCWD, "/mnt", MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
}

// A target must lie on the template itself, never inside something mounted for this environment: what a
// tenant wrote must not steer where the launcher mounts.
void attach(int source, const Mount& mount) {
  int base = AT_FDCWD;
  std::string path = mount.target;
  Fd place;
  if (path.starts_with(kMountPlace)) {
    place = require_fd(open("/mnt", O_PATH | O_DIRECTORY | O_CLOEXEC), "open /mnt");
    base = place.get();
    path = path.substr(kMountPlace.size());
  } else {
    place = require_fd(open("/", O_PATH | O_DIRECTORY | O_CLOEXEC), "open /");
    base = place.get();
    path = path.substr(1);
  }
  const Fd target = require_fd(open_strict(base, path, Crossing::kRefused),
                               fmt::format("mounts: find the target {} in the root", mount.target));
  require(move_mount(source, "", target.get(), "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH),
          fmt::format("mount {} at {}", mount.source, mount.target));
}

void copy_root(const Fd& template_namespace) {
  require(setns(template_namespace.get(), CLONE_NEWNS), "enter the root template");
  require(unshare(CLONE_NEWNS | CLONE_NEWCGROUP), "copy the root template");
}

// What a program of this environment would see, at one place and without what belongs to running processes:
// a virtual machine has processes, devices and scratch space of its own.
void share_root() {
  require(mount("/", kShareInside, nullptr, MS_BIND | MS_REC, nullptr), "share the root");
  for (const std::string place : {"/proc", "/dev", kKitInside}) {
    const std::string shared = kShareInside + place;
    while (umount2(shared.c_str(), MNT_DETACH) == 0) continue;
    if (errno != EINVAL) fail_step("leave " + shared);
  }
}

// On a /dev of this environment alone: KVM's device is for no other.
void add_kvm_device() {
  require(mount("haneul", "/dev", "tmpfs", MS_NOSUID, "mode=0755,size=64k,nr_inodes=64"), "mount /dev");
  make_devices("/dev", RootFrom::kNothing);
  make_kvm_device("/dev");
  set_attributes(AT_FDCWD, "/dev", MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
}

}  // namespace

void mount_private_proc() {
  const bool beside = has_hosts_proc();
  const char* place = beside ? "/run" : "/proc";
  require(mount("proc", place, "proc", kPlain | MS_NOEXEC, "hidepid=invisible"), "mount /proc");
  if (beside) {
    leave_hosts_proc();
    require(mount(place, "/proc", nullptr, MS_MOVE, nullptr), "move /proc to its place");
  }
  for (const char* name : kCoveredFiles) {
    const std::string path = fmt::format("/proc/{}", name);
    if (mount("/dev/null", path.c_str(), nullptr, MS_BIND, nullptr) == 0) {
      // Nobody reads this one; what cannot be opened needs no explanation.
      if (path == kTrigger) set_attributes(AT_FDCWD, kTrigger, MOUNT_ATTR_NODEV);
    } else if (errno != ENOENT) {
      fail_step("cover " + path);
    }
  }
  for (const char* name : kCoveredDirectories) {
    const std::string path = fmt::format("/proc/{}", name);
    if (mount("/var/empty", path.c_str(), nullptr, MS_BIND, nullptr) != 0 && errno != ENOENT) {
      fail_step("cover " + path);
    }
  }
  require(mount("/proc/sys", "/proc/sys", nullptr, MS_BIND, nullptr), "bind /proc/sys");
  set_attributes(AT_FDCWD, "/proc/sys",
                 MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
}

void mount_scratch(uint64_t tmp_bytes, uint64_t memory_bytes) {
  constexpr uint64_t kBytesPerInode = 8192;
  constexpr uint64_t kInodesMin = 1024;
  constexpr uint64_t kSharedBytesMax = 64 << 20;
  const uint64_t inodes = std::max(tmp_bytes / kBytesPerInode, kInodesMin);
  const std::string tmp = fmt::format("mode=1777,size={},nr_inodes={}", tmp_bytes, inodes);
  require(mount("tmpfs", "/tmp", "tmpfs", kPlain, tmp.c_str()), "mount /tmp");
  const uint64_t shared_bytes = std::min(memory_bytes / 2, kSharedBytesMax);
  const std::string shared = fmt::format("mode=1777,size={},nr_inodes=1024", shared_bytes);
  require(mount("tmpfs", "/dev/shm", "tmpfs", kPlain | MS_NOEXEC, shared.c_str()), "mount /dev/shm");
}

std::vector<Fd> open_sources(const std::vector<Mount>& mounts) {
  std::vector<Fd> sources;
  for (const Mount& mount : mounts) {
    const Fd path =
        require_fd(open_strict(AT_FDCWD, mount.source, Crossing::kAllowed),
                   fmt::format("mounts: open {} (a path with a symbolic link is refused)", mount.source));
    Fd tree = require_fd(open_tree(path.get(), "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH),
                         fmt::format("mounts: take {}", mount.source));
    uint64_t attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
    if (mount.mode == Mount::Mode::kReadOnly) attributes |= MOUNT_ATTR_RDONLY;
    set_attributes(tree.get(), "", attributes);
    sources.push_back(std::move(tree));
  }
  return sources;
}

void enter_root(const Fd& template_namespace) {
  copy_root(template_namespace);
  mount_private_proc();
}

void enter_bare_root(const Fd& template_namespace, const std::vector<Mount>& mounts,
                     const std::vector<Fd>& sources) {
  copy_root(template_namespace);
  if (has_hosts_proc()) leave_hosts_proc();
  attach_mounts(mounts, sources);
}

void attach_mounts(const std::vector<Mount>& mounts, const std::vector<Fd>& sources) {
  make_mount_places(mounts);
  for (size_t i = 0; i < sources.size(); ++i) attach(sources[i].get(), mounts[i]);
}

void complete_root(const EnvironmentSpec& spec, const std::vector<Fd>& sources) {
  attach_mounts(spec.mounts, sources);
  if (spec.guest != Guest::kNone) share_root();
  if (spec.guest == Guest::kWithKvm) add_kvm_device();
  mount_scratch(spec.tmp_bytes, spec.memory_bytes);
}

}  // namespace haneul::sandbox
