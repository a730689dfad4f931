#include "sandbox/standing.h"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox/kernel.h"

namespace haneul::sandbox {
namespace {

bool has_roots_rights() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2] = {};
  if (syscall(SYS_capget, &header, data) != 0) return false;
  return geteuid() == 0 || (data[0].effective & (1U << CAP_SYS_ADMIN)) != 0;
}

bool parse_number(std::string_view text, uint32_t& out) {
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), out);
  return problem == std::errc() && end == text.data() + text.size();
}

struct Maps {
  uid_t user = geteuid();
  gid_t group = getegid();
  IdRange users;
  IdRange groups;
};

Maps find_maps() {
  Maps maps;
  if (access("/usr/bin/newuidmap", X_OK) != 0 || access("/usr/bin/newgidmap", X_OK) != 0) return maps;
  const passwd* entry = getpwuid(maps.user);
  const std::string name = entry == nullptr ? std::string() : entry->pw_name;
  maps.users = find_id_range(read_file("/etc/subuid"), name, maps.user);
  maps.groups = find_id_range(read_file("/etc/subgid"), name, maps.user);
  return maps;
}

bool run(const std::vector<std::string>& command) {
  const pid_t pid = fork();
  if (pid == 0) {
    std::vector<char*> argv;
    for (const std::string& each : command) argv.push_back(const_cast<char*>(each.c_str()));
    argv.push_back(nullptr);
    execv(argv[0], argv.data());
    _exit(127);
  }
  int status = 0;
  return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

bool map_range(const char* program, pid_t target, uint32_t own, const IdRange& range) {
  return run({program, std::to_string(target), "0", std::to_string(own), "1", "1",
              std::to_string(range.first), std::to_string(range.count)});
}

// Maps are written from outside the namespace: by a process that waits until it is there.
class Mapper {
 public:
  explicit Mapper(const Maps& maps) {
    int ends[2];
    require(pipe2(ends, O_CLOEXEC), "pipe");
    Fd go_read(ends[0]);
    go_.reset(ends[1]);
    const pid_t target = getpid();
    pid_ = require(fork(), "fork");
    if (pid_ != 0) return;
    go_.reset();
    char byte = 0;
    if (read(go_read.get(), &byte, 1) != 1) _exit(1);
    const bool done = map_range("/usr/bin/newuidmap", target, maps.user, maps.users) &&
                      map_range("/usr/bin/newgidmap", target, maps.group, maps.groups);
    _exit(done ? 0 : 1);
  }
  bool map() {
    if (write(go_.get(), "x", 1) != 1) return false;
    go_.reset();
    int status = 0;
    return waitpid(pid_, &status, 0) == pid_ && status == 0;
  }

 private:
  Fd go_;
  pid_t pid_ = 0;
};

void map_own_id(const Maps& maps) {
  write_file("/proc/self/setgroups", "deny");
  write_file("/proc/self/uid_map", fmt::format("0 {} 1\n", maps.user));
  write_file("/proc/self/gid_map", fmt::format("0 {} 1\n", maps.group));
}

void enter_own_namespaces(Standing& standing, LauncherConfig& config) {
  const Maps maps = find_maps();
  const uint32_t count = std::min(maps.users.count, maps.groups.count);
  std::optional<Mapper> mapper;
  if (count > 1) mapper.emplace(maps);
  // A network of our own as well: to the host's there would be no way back from an environment's.
  require(unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET), "make a user namespace");
  if (mapper && mapper->map()) {
    require(setgroups(0, nullptr), "drop supplementary groups");
    config.uid_base = 1;
    config.uid_count = count;
    return;
  }
  map_own_id(maps);
  standing.ids = Standing::Ids::kShared;
  config.uid_base = 0;
  config.uid_count = 1;
}

}  // namespace

IdRange find_id_range(std::string_view text, std::string_view user_name, uint32_t user_id) {
  const std::string number = std::to_string(user_id);
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const size_t first = line.find(':');
    const size_t second = line.find(':', first + 1);
    if (first == std::string_view::npos || second == std::string_view::npos) continue;
    const std::string_view who = line.substr(0, first);
    IdRange range;
    const bool is_his = who == number || (!user_name.empty() && who == user_name);
    if (is_his && parse_number(line.substr(first + 1, second - first - 1), range.first) &&
        parse_number(line.substr(second + 1), range.count))
      return range;
  }
  return {};
}

std::string why_no_user_namespace() {
  const auto is = [](const char* path, char value) { return read_file(path).starts_with(value); };
  if (is("/proc/sys/kernel/unprivileged_userns_clone", '0'))
    return "the sysctl kernel.unprivileged_userns_clone is 0";
  if (is("/proc/sys/user/max_user_namespaces", '0')) return "the sysctl user.max_user_namespaces is 0";
  if (is("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", '1'))
    return "AppArmor forbids it (sysctl kernel.apparmor_restrict_unprivileged_userns is 1)";
  return {};
}

Standing take_standing(LauncherConfig& config) {
  Standing standing;
  if (has_roots_rights()) return standing;
  standing.rights = Standing::Rights::kOwnNamespace;
  try {
    enter_own_namespaces(standing, config);
  } catch (const SandboxError& error) {
    const std::string why = why_no_user_namespace();
    standing.problem =
        fmt::format("an ordinary user may not make user namespaces here: {}; start haneul as root",
                    why.empty() ? error.what() : why);
  }
  return standing;
}

}  // namespace haneul::sandbox
