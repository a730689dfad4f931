#include "sandbox/root_template.h"

#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "sandbox/devices.h"
#include "sandbox/kernel.h"
#include "sandbox/user_namespace.h"

namespace haneul::sandbox {
namespace {

namespace fs = std::filesystem;

// What programs read in /etc. A trailing star stands for any ending. Only what everybody may read is taken.
constexpr const char* kEtc[] = {
    "alternatives",    "ca-certificates.conf",
    "debian_version",  "fonts",
    "gai.conf",        "host.conf",
    "java-*",          "ld.so.cache",
    "ld.so.conf",      "ld.so.conf.d",
    "locale.alias",    "localtime",
    "magic",           "mime.types",
    "os-release",      "perl",
    "protocols",       "python3*",
    "services",        "ssl/certs",
    "ssl/openssl.cnf", "timezone",
};
constexpr const char* kTopLevel[] = {"bin", "sbin", "lib", "lib32", "lib64", "libx32"};
// The lib directories are on LD_LIBRARY_PATH: the loader of a zygote, which has no function mounted yet,
// would remember missing ones as missing for good.
constexpr const char* kDirectories[] = {
    "dev",     "dev/shm",   "etc",          "etc/pki/tls/certs",      "mnt",
    "opt/lib", "proc",      "run",          "sys/devices/system/cpu", "tmp",
    "usr",     "var/empty", "var/lang/lib", "var/runtime/lib",        "var/task/lib",
};

void write_new(const fs::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::trunc);
  file << text;
  if (!file.flush()) fail_step("write " + path.string());
}

void copy_readable(const fs::path& from, const fs::path& to) {
  std::error_code ignored;
  const fs::file_status status = fs::symlink_status(from, ignored);
  if (fs::is_symlink(status)) {
    fs::copy_symlink(from, to, ignored);
  } else if (fs::is_directory(status)) {
    fs::create_directories(to);
    for (const auto& entry : fs::directory_iterator(from, ignored)) {
      copy_readable(entry.path(), to / entry.path().filename());
    }
  } else if (fs::is_regular_file(status) &&
             (status.permissions() & fs::perms::others_read) != fs::perms::none) {
    fs::copy_file(from, to, fs::copy_options::overwrite_existing, ignored);
  }
}

void copy_etc(const fs::path& root) {
  for (const std::string_view name : kEtc) {
    const fs::path wanted = fs::path("/etc") / name;
    fs::create_directories((root / "etc" / name).parent_path());
    if (!name.ends_with('*')) {
      copy_readable(wanted, root / "etc" / name);
      continue;
    }
    for (const auto& entry : fs::directory_iterator("/etc")) {
      const std::string file = entry.path().filename();
      if (file.starts_with(name.substr(0, name.size() - 1))) copy_readable(entry.path(), root / "etc" / file);
    }
  }
}

void make_etc(const fs::path& root) {
  copy_etc(root);
  write_new(root / "etc/passwd", fmt::format("root:x:0:0:root:/root:/sbin/nologin\n"
                                             "nobody:x:65534:65534:nobody:/:/sbin/nologin\n"
                                             "sbx_user1051:x:{}:{}::/tmp:/sbin/nologin\n",
                                             kInsideUserId, kInsideGroupId));
  write_new(root / "etc/group",
            fmt::format("root:x:0:\nnogroup:x:65534:\nsbx_group:x:{}:\n", kInsideGroupId));
  write_new(root / "etc/nsswitch.conf",
            "passwd: files\ngroup: files\nhosts: files dns\nnetworks: files\n"
            "protocols: files\nservices: files\n");
  write_new(root / "etc/hosts", "127.0.0.1 localhost\n::1 localhost\n");
  write_new(root / "etc/hostname", "sandbox\n");
  write_new(root / "etc/resolv.conf", "nameserver 127.0.0.1\noptions timeout:1 attempts:2\n");
  fs::create_symlink("/proc/self/mounts", root / "etc/mtab");
  const fs::path bundle = root / "etc/ssl/certs/ca-certificates.crt";
  fs::create_directories(bundle.parent_path());
  if (!fs::exists(bundle)) write_new(bundle, "");                          // a place to mount on
  write_new(root / "etc/pki/tls/certs/ca-bundle.crt", read_file(bundle));  // where Amazon Linux has it
}

void restrict_mount(const fs::path& path, uint64_t attributes) {
  mount_attr attr{};
  attr.attr_set = attributes;
  require(mount_setattr(AT_FDCWD, path.c_str(), AT_RECURSIVE, &attr, sizeof attr),
          "restrict " + path.string());
}

void mount_tmpfs(const fs::path& path, const char* options) {
  require(mount("haneul", path.c_str(), "tmpfs", MS_NOSUID, options), "mount a tmpfs at " + path.string());
}

void bind_read_only(const fs::path& from, const fs::path& to) {
  require(mount(from.c_str(), to.c_str(), nullptr, MS_BIND | MS_REC, nullptr), "bind " + from.string());
  restrict_mount(to, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
}

void bind_top_level(const fs::path& root) {
  bind_read_only("/usr", root / "usr");
  for (const std::string name : kTopLevel) {
    const fs::path host = "/" + name;
    const fs::file_status status = fs::symlink_status(host);
    if (fs::is_symlink(status)) fs::copy_symlink(host, root / name);
    if (!fs::is_directory(status)) continue;
    fs::create_directory(root / name);
    bind_read_only(host, root / name);
  }
}

void build(RootFrom devices) {
  require(unshare(CLONE_NEWNS), "make a mount namespace");
  require(mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "make mounts private");
  umask(022);
  const fs::path root = "/tmp";  // any directory serves: the tmpfs covers it in this namespace only
  mount_tmpfs(root, "mode=0755,size=64m,nr_inodes=32k");
  for (const char* name : kDirectories) fs::create_directories(root / name);
  bind_top_level(root);
  make_etc(root);
  for (const char* name : {"online", "possible", "present"}) {
    const std::string path = fmt::format("sys/devices/system/cpu/{}", name);
    write_new(root / path, read_file("/" + path));
  }
  mount_tmpfs(root / "dev", "mode=0755,size=64k,nr_inodes=64");
  make_devices(root / "dev", devices);
  if (devices == RootFrom::kHost)
    require(mount("/proc", (root / "proc").c_str(), nullptr, MS_BIND | MS_REC, nullptr), "bind /proc");
  fs::create_directory(root / "old");
  require(chdir(root.c_str()), "enter the new root");
  require(static_cast<int>(syscall(SYS_pivot_root, ".", "old")), "pivot_root");
  require(umount2("/old", MNT_DETACH), "detach the host's root");
  fs::remove("/old");
  mount_attr attr{};
  attr.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
  require(mount_setattr(AT_FDCWD, "/", 0, &attr, sizeof attr), "make the root read-only");
  attr.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC;
  require(mount_setattr(AT_FDCWD, "/dev", 0, &attr, sizeof attr), "make /dev read-only");
}

// Tells the parent in one message: empty when the namespace is ready to be taken, else what went wrong.
[[noreturn]] void run_builder(RootFrom devices, int report, int release) {
  std::string message;
  try {
    build(devices);
  } catch (const std::exception& error) {
    message = error.what();
  }
  message += '\0';
  if (write(report, message.data(), message.size()) < 0) _exit(1);
  char byte = 0;
  [[maybe_unused]] const ssize_t count = read(release, &byte, 1);
  _exit(0);
}

struct Pipe {
  Fd read_end;
  Fd write_end;
  Pipe() {
    int ends[2];
    require(pipe2(ends, O_CLOEXEC), "pipe");
    read_end.reset(ends[0]);
    write_end.reset(ends[1]);
  }
};

}  // namespace

Fd build_root_template(RootFrom devices) {
  Pipe report;
  Pipe release;
  const pid_t builder = require(fork(), "fork");
  if (builder == 0) {
    release.write_end.reset();
    run_builder(devices, report.write_end.get(), release.read_end.get());
  }
  report.write_end.reset();
  char text[1024] = {};
  const ssize_t count = read(report.read_end.get(), text, sizeof text - 1);
  Fd result(open(fmt::format("/proc/{}/ns/mnt", builder).c_str(), O_RDONLY | O_CLOEXEC));
  release.write_end.reset();
  waitpid(builder, nullptr, 0);
  if (count != 1 || !result) {
    throw SandboxError(
        SandboxError::Kind::kUnavailable,
        fmt::format("cannot build the root of environments: {}", count > 1 ? text : "builder ended"));
  }
  return result;
}

}  // namespace haneul::sandbox
