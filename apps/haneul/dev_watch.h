// Tells which of some files and directory trees changed (inotify). Editors write in several steps: a change
// is told once nothing has moved for a moment.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <set>

#include "base/fd.h"

namespace haneul::app {

class DevWatch {
 public:
  DevWatch();  // throws std::system_error
  // Watches these and nothing else from now on; each a file or a directory with all below it. What happens
  // meanwhile to those that were watched already is not lost. Throws std::system_error.
  void watch(const std::set<std::filesystem::path>& roots);
  // The roots in which something changed, or none when the time passed.
  std::set<std::filesystem::path> wait(std::chrono::milliseconds patience);

 private:
  void add(const std::filesystem::path& root, const std::filesystem::path& directory);
  bool read_events(std::set<std::filesystem::path>& changed);

  struct Watched {
    std::filesystem::path root;
    std::filesystem::path directory;
  };
  Fd inotify_;
  std::multimap<int, Watched> watched_;  // by descriptor; one directory may belong to several roots
};

}  // namespace haneul::app
