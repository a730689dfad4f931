#include "sandbox/kernel.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>

namespace haneul::sandbox {

void fail_step(const std::string& step) {
  const int error = errno;
  throw SandboxError(SandboxError::Kind::kSetupFailed, fmt::format("{}: {}", step, std::strerror(error)));
}

int require(int result, const std::string& step) {
  if (result < 0) fail_step(step);
  return result;
}

Fd require_fd(int fd, const std::string& step) { return Fd(require(fd, step)); }

ForkedChild fork_into(uint64_t namespace_flags, int cgroup_fd, Parentage parentage) {
  int pidfd = -1;
  clone_args arguments{};
  arguments.flags = namespace_flags | CLONE_PIDFD;
  arguments.pidfd = reinterpret_cast<uint64_t>(&pidfd);
  if (parentage == Parentage::kSibling) {
    arguments.flags |= CLONE_PARENT;  // with the exit signal that our own parent gets for us
  } else {
    arguments.exit_signal = SIGCHLD;
  }
  if (cgroup_fd >= 0) {
    arguments.flags |= CLONE_INTO_CGROUP;
    arguments.cgroup = static_cast<uint64_t>(cgroup_fd);
  }
  const long pid = syscall(SYS_clone3, &arguments, sizeof arguments);
  require(static_cast<int>(pid), "make a process in new namespaces (clone3)");
  if (pid == 0) return {};
  return {static_cast<pid_t>(pid), Fd(pidfd)};
}

// glibc 2.36 declares pidfd_open without C linkage.
int open_pidfd(pid_t pid) { return static_cast<int>(syscall(SYS_pidfd_open, pid, 0)); }

int send_to_pidfd(int pidfd, int signal_number) {
  return static_cast<int>(syscall(SYS_pidfd_send_signal, pidfd, signal_number, nullptr, 0));
}

void write_file_at(int directory, const char* name, std::string_view text) {
  const Fd file(openat(directory, name, O_WRONLY | O_CLOEXEC));
  if (!file || write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    fail_step(fmt::format("write {}", name));
  }
}

void write_file(const std::string& path, std::string_view text) {
  write_file_at(AT_FDCWD, path.c_str(), text);
}

std::string read_file_at(int directory, const char* name) {
  constexpr size_t kBytesMax = 65536;
  const Fd file(openat(directory, name, O_RDONLY | O_CLOEXEC));
  std::string text;
  if (!file) return text;
  char buffer[4096];
  while (text.size() < kBytesMax) {
    const ssize_t count = read(file.get(), buffer, sizeof buffer);
    if (count <= 0) break;
    text.append(buffer, static_cast<size_t>(count));
  }
  return text;
}

std::string read_file(const std::string& path) { return read_file_at(AT_FDCWD, path.c_str()); }

int open_strict(int root, const std::string& path, Crossing mounts) {
  open_how how{};
  how.flags = O_PATH | O_CLOEXEC;
  how.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  if (mounts == Crossing::kRefused) how.resolve |= RESOLVE_NO_XDEV;
  return static_cast<int>(syscall(SYS_openat2, root, path.c_str(), &how, sizeof how));
}

}  // namespace haneul::sandbox
