#include "sandbox/user_namespace.h"

#include <cerrno>

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <sched.h>
#include <sys/wait.h>

#include "sandbox/kernel.h"

namespace haneul::sandbox {
namespace {

// Counted per user namespace, so these bound this environment alone.
constexpr const char* kForbidden[] = {"user", "mnt", "pid", "net", "ipc", "uts", "cgroup", "time"};
constexpr const char* kInotifyInstancesMax = "128";
constexpr const char* kInotifyWatchesMax = "16384";

int limit_namespace() {
  try {
    for (const char* kind : kForbidden)
      write_file(fmt::format("/proc/sys/user/max_{}_namespaces", kind), "0");
    write_file("/proc/sys/user/max_inotify_instances", kInotifyInstancesMax);
    write_file("/proc/sys/user/max_inotify_watches", kInotifyWatchesMax);
    return 0;
  } catch (const SandboxError&) {
    return 1;
  }
}

// The write end is closed first: the helper ends when the launcher does.
[[noreturn]] void run_helper(int go, int write_end) {
  close(write_end);
  char byte = 0;
  const bool released = read(go, &byte, 1) == 1;
  _exit(released ? limit_namespace() : 1);
}

}  // namespace

Fd make_user_namespace(uint32_t host_id) {
  int ends[2];
  require(pipe2(ends, O_CLOEXEC), "pipe");
  const Fd go_read(ends[0]);
  const Fd go_write(ends[1]);
  const ForkedChild helper = fork_into(CLONE_NEWUSER, -1);
  if (helper.pid == 0) run_helper(go_read.get(), go_write.get());
  const std::string proc = fmt::format("/proc/{}/", helper.pid);
  Fd result;
  try {
    write_file(proc + "uid_map", fmt::format("{} {} 1\n", kInsideUserId, host_id));
    write_file(proc + "setgroups", "deny");
    write_file(proc + "gid_map", fmt::format("{} {} 1\n", kInsideGroupId, host_id));
    result = require_fd(open((proc + "ns/user").c_str(), O_RDONLY | O_CLOEXEC), "open the user namespace");
    if (write(go_write.get(), "x", 1) != 1) fail_step("release the user namespace helper");
  } catch (...) {
    send_to_pidfd(helper.pidfd.get(), SIGKILL);
    waitpid(helper.pid, nullptr, 0);
    throw;
  }
  int status = 0;
  waitpid(helper.pid, &status, 0);
  if (status != 0) {
    errno = EPERM;
    fail_step("forbid nested namespaces");
  }
  return result;
}

void drop_supplementary_groups() {
  if (setgroups(0, nullptr) == 0) return;
  const int error = errno;
  if (error == EPERM && read_file("/proc/self/setgroups").starts_with("deny")) return;
  errno = error;
  fail_step("drop supplementary groups");
}

void become_inside_user(const Fd& user_namespace) {
  drop_supplementary_groups();
  require(setns(user_namespace.get(), CLONE_NEWUSER), "enter the user namespace");
  require(setresgid(kInsideGroupId, kInsideGroupId, kInsideGroupId), "become the inside group");
  require(setresuid(kInsideUserId, kInsideUserId, kInsideUserId), "become the inside user");
}

}  // namespace haneul::sandbox
