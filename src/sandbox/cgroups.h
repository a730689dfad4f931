// Control groups: the memory, process and CPU limits of an environment, its freezer and its accounts. Two
// layouts: v2 (one tree) and v1 (one tree per controller, as hybrid hosts still have). Groups are made ahead
// of time under PARENT/INSTANCE, used for one environment and removed; an instance directory is locked
// (flock) while its launcher lives, so the next launcher can tell what a dead one left behind and removes it
// (stale_groups.h).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/fd.h"
#include "sandbox/capabilities_report.h"
#include "sandbox/spec.h"

namespace haneul::sandbox {

struct CgroupLimits {
  uint64_t memory_bytes = 0;
  uint32_t cpu_permille = 0;
  uint32_t pids_max = 0;
};

class Cgroup {
 public:
  virtual ~Cgroup() = default;
  virtual void set_limits(const CgroupLimits& limits) = 0;
  virtual int clone_into_fd() const = 0;  // v2: directory for clone3; v1: -1, enter_groups() instead
  // v1: files through which a process moves itself in, whatever its own rights; v2: none.
  virtual std::vector<Fd> open_entrances() const = 0;
  virtual void freeze() = 0;  // asks; is_frozen() tells when every process stands still
  virtual void thaw() = 0;
  virtual bool is_frozen() = 0;
  virtual Usage usage() = 0;
  virtual bool saw_oom_kill() = 0;
  // Readable when the memory limit was hit and nothing kills the whole group by itself; -1 where the kernel
  // does.
  virtual int oom_event_fd() const = 0;
  virtual bool remove() = 0;  // false while a process is still in it
};

class CgroupFactory {
 public:
  virtual ~CgroupFactory() = default;
  virtual std::unique_ptr<Cgroup> make() = 0;
  // What dead launchers left; everything in it was killed when this factory was made. True when all is gone.
  virtual bool remove_stale() = 0;
};

// One mounted hierarchy as /proc/self/mountinfo lists it.
struct CgroupMount {
  std::string path;
  std::vector<std::string> controllers;  // empty for v2
  bool is_v2 = false;
};
std::vector<CgroupMount> parse_cgroup_mounts(std::string_view mountinfo);

struct CgroupHost {
  CgroupLayout layout = CgroupLayout::kNone;
  std::vector<CgroupMount> mounts;
  std::vector<std::string> missing;
};
CgroupHost look_at_cgroups();

// Ends what dead launchers left below parent, then makes and locks this launcher's own instance
// directories.
std::unique_ptr<CgroupFactory> make_cgroup_factory(const CgroupHost& host, const std::string& parent);
std::unique_ptr<CgroupFactory> make_cgroup_factory_v1(const CgroupHost& host, const std::string& parent);
std::unique_ptr<CgroupFactory> make_cgroup_factory_v2(const std::string& root, const std::string& parent);
// For an ordinary user: with those of the controllers that were handed to our own group, which are told.
std::unique_ptr<CgroupFactory> make_delegated_cgroup_factory(const std::string& root,
                                                             const std::string& parent,
                                                             std::vector<std::string>& controllers);
std::unique_ptr<CgroupFactory> make_no_cgroups();

// Held while a launcher looks below parent for what the dead left and makes its own directory: one that is
// made but not locked yet would look like a dead launcher's to another that starts at the same moment.
class ParentLock {
 public:
  explicit ParentLock(const std::string& parent);  // waits for its turn

 private:
  Fd lock_;
};

// An instance directory in one hierarchy: locked for the life of this object, removed at its end.
class InstanceDirectory {
 public:
  InstanceDirectory(const std::string& parent, const std::string& name);
  ~InstanceDirectory();
  InstanceDirectory(InstanceDirectory&&) = default;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  Fd lock_;
};
std::string own_instance_name();

uint64_t parse_counter(std::string_view text);                        // "123\n"; "max" and rubbish are 0
uint64_t find_counter(std::string_view text, std::string_view name);  // the line "name 123"

}  // namespace haneul::sandbox
