#include "dev_watch.h"

#include <cerrno>
#include <system_error>
#include <utility>

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

namespace haneul::app {

namespace fs = std::filesystem;

namespace {

constexpr std::chrono::milliseconds kQuiet(12);
constexpr uint32_t kEvents = IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB;

// What editors and interpreters leave beside the files.
bool is_noise(const std::string& name) {
  return name.empty() || name.ends_with('~') || name.ends_with(".swp") || name.ends_with(".swx") ||
         name == "4913" || name == "__pycache__" || name.ends_with(".pyc") || name == ".git" ||
         name.starts_with(".#");
}

bool is_readable(int fd, std::chrono::milliseconds patience) {
  pollfd ready{fd, POLLIN, 0};
  return poll(&ready, 1, static_cast<int>(patience.count())) == 1;
}

}  // namespace

DevWatch::DevWatch() : inotify_(inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
  if (!inotify_) throw std::system_error(errno, std::generic_category(), "inotify");
}

void DevWatch::watch(const std::set<fs::path>& roots) {
  const std::multimap<int, Watched> before = std::exchange(watched_, {});
  for (const fs::path& root : roots) {
    // A file is watched by its directory: editors put a new file in its place.
    if (!fs::is_directory(root)) {
      add(root, root.parent_path());
      continue;
    }
    add(root, root);
    for (const auto& each : fs::recursive_directory_iterator(root)) {
      if (each.is_directory() && !is_noise(each.path().filename().string())) add(root, each.path());
    }
  }
  // A directory that was watched before has kept its descriptor.
  for (const auto& [descriptor, old] : before) {
    if (!watched_.contains(descriptor)) inotify_rm_watch(inotify_.get(), descriptor);
  }
}

void DevWatch::add(const fs::path& root, const fs::path& directory) {
  const int descriptor = inotify_add_watch(inotify_.get(), directory.c_str(), kEvents | IN_ONLYDIR);
  if (descriptor < 0 && errno != ENOENT) {
    throw std::system_error(errno, std::generic_category(), directory.string());
  }
  if (descriptor >= 0) watched_.insert({descriptor, {root, directory}});
}

bool DevWatch::read_events(std::set<fs::path>& changed) {
  alignas(inotify_event) char buffer[16384];
  const ssize_t count = read(inotify_.get(), buffer, sizeof buffer);
  if (count <= 0) return false;
  for (ssize_t at = 0; at < count;) {
    const auto* event = reinterpret_cast<const inotify_event*>(buffer + at);
    at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
    const std::string name = event->len == 0 ? "" : event->name;
    if (is_noise(name)) continue;
    const auto [first, last] = watched_.equal_range(event->wd);
    for (auto each = first; each != last; ++each) {
      const Watched found = each->second;
      const bool is_file = !fs::is_directory(found.root);
      if (is_file && found.root.filename() != name) continue;
      changed.insert(found.root);
    }
  }
  return true;
}

std::set<fs::path> DevWatch::wait(std::chrono::milliseconds patience) {
  std::set<fs::path> changed;
  if (!is_readable(inotify_.get(), patience)) return changed;
  while (read_events(changed)) {
    if (!is_readable(inotify_.get(), kQuiet)) break;
  }
  return changed;
}

}  // namespace haneul::app
