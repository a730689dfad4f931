// No control groups: what stands in for them where an ordinary user was given none. It limits nothing, counts
// nothing and freezes nothing; whoever makes it says so first (delegated_groups.h).
#include "sandbox/cgroups.h"

namespace haneul::sandbox {
namespace {

class NoCgroup final : public Cgroup {
 public:
  void set_limits(const CgroupLimits&) override {}
  int clone_into_fd() const override { return -1; }
  std::vector<Fd> open_entrances() const override { return {}; }
  void freeze() override {}
  void thaw() override {}
  bool is_frozen() override { return true; }  // nobody is to wait for it
  Usage usage() override { return {}; }
  bool saw_oom_kill() override { return false; }
  int oom_event_fd() const override { return -1; }
  bool remove() override { return true; }
};

class NoCgroups final : public CgroupFactory {
 public:
  std::unique_ptr<Cgroup> make() override { return std::make_unique<NoCgroup>(); }
  bool remove_stale() override { return true; }
};

}  // namespace

std::unique_ptr<CgroupFactory> make_no_cgroups() { return std::make_unique<NoCgroups>(); }

}  // namespace haneul::sandbox
