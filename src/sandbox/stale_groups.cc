#include "sandbox/stale_groups.h"

#include <cerrno>
#include <functional>

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

#include "sandbox/cgroups.h"
#include "sandbox/kernel.h"

namespace haneul::sandbox {
namespace {

namespace fs = std::filesystem;

// The groups below before the group itself.
void visit(const fs::path& group, const std::function<void(const fs::path&)>& act) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(group, ignored)) {
    if (entry.is_directory(ignored)) visit(entry.path(), act);
  }
  act(group);
}

void kill_members(const fs::path& group) {
  std::string text = read_file(group / "cgroup.procs");
  for (size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
    const auto pid = static_cast<pid_t>(parse_counter(std::string_view(text).substr(at)));
    if (pid > 1) ::kill(pid, SIGKILL);
    if (text.find('\n', at) == std::string::npos) break;
  }
}

void thaw(const fs::path& group) {
  const Fd state(open((group / "freezer.state").c_str(), O_WRONLY | O_CLOEXEC));
  if (state) [[maybe_unused]]
    const ssize_t count = write(state.get(), "THAWED", 6);
}

}  // namespace

StaleGroups::StaleGroups(const std::string& parent) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(parent, ignored)) {
    if (!entry.is_directory(ignored) || !entry.path().filename().string().starts_with("launcher-")) continue;
    Fd lock(open(entry.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!lock || flock(lock.get(), LOCK_EX | LOCK_NB) != 0) continue;
    instances_.push_back({entry.path(), std::move(lock)});
  }
}

void StaleGroups::kill() {
  for (const Instance& instance : instances_) {
    visit(instance.path, [](const fs::path& group) {
      kill_members(group);
      thaw(group);
    });
  }
}

bool StaleGroups::remove() {
  std::erase_if(instances_, [](const Instance& instance) {
    visit(instance.path, [](const fs::path& group) { rmdir(group.c_str()); });
    std::error_code ignored;
    return !fs::exists(instance.path, ignored);
  });
  return instances_.empty();
}

}  // namespace haneul::sandbox
