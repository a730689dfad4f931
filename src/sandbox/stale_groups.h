// StaleGroups: control groups below one parent whose launcher is gone. Its environments were killed with it,
// but what was frozen ends only when it is thawed, and a group goes only when everything in it has ended; so
// they are ended first, in every hierarchy, and removed little by little while the next launcher works.
// A launcher's directory is locked (flock) while it lives; ours are locked while this object does, so that
// two new launchers do not clean the same one. Thread rule: one thread.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/fd.h"

namespace haneul::sandbox {

class StaleGroups {
 public:
  explicit StaleGroups(const std::string& parent);  // finds and locks them
  void kill();                                      // sends the signal and thaws; waits for nothing
  bool remove();                                    // what can go now goes; true when nothing is left

 private:
  struct Instance {
    std::filesystem::path path;
    Fd lock;
  };
  std::vector<Instance> instances_;
};

}  // namespace haneul::sandbox
