#include "sandbox/devices.h"

#include <utility>

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "sandbox/kernel.h"

namespace haneul::sandbox {
namespace {

namespace fs = std::filesystem;

constexpr unsigned kMemory = 1;
constexpr unsigned kMiscellaneous = 10;
constexpr unsigned kKvm = 232;

void make_device(const fs::path& path, unsigned major_number, unsigned minor_number) {
  const mode_t kind = S_IFCHR | 0666;
  require(mknod(path.c_str(), kind, makedev(major_number, minor_number)), "make " + path.string());
  require(chmod(path.c_str(), 0666), "chmod " + path.string());
}

void take_device(const fs::path& path) {
  const fs::path host = fs::path("/dev") / path.filename();
  require_fd(open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644), "make " + path.string()).reset();
  require(mount(host.c_str(), path.c_str(), nullptr, MS_BIND, nullptr), "bind " + host.string());
  mount_attr attr{};
  attr.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC;
  require(mount_setattr(AT_FDCWD, path.c_str(), 0, &attr, sizeof attr), "restrict " + path.string());
}

}  // namespace

void make_devices(const fs::path& directory, RootFrom devices) {
  constexpr std::pair<const char*, unsigned> kDevices[] = {
      {"null", 3}, {"zero", 5}, {"full", 7}, {"random", 8}, {"urandom", 9}};
  for (const auto& [name, number] : kDevices) {
    if (devices == RootFrom::kHost) {
      take_device(directory / name);
    } else {
      make_device(directory / name, kMemory, number);
    }
  }
  fs::create_symlink("/proc/self/fd", directory / "fd");
  fs::create_symlink("/proc/self/fd/0", directory / "stdin");
  fs::create_symlink("/proc/self/fd/1", directory / "stdout");
  fs::create_symlink("/proc/self/fd/2", directory / "stderr");
  fs::create_directory(directory / "shm");
}

void make_kvm_device(const fs::path& directory) { make_device(directory / "kvm", kMiscellaneous, kKvm); }

}  // namespace haneul::sandbox
