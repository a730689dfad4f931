// What this host and these privileges allow. missing is empty when environments can be made; otherwise each
// entry names one thing that is missing and what to do about it, fit to be shown to the operator.
#pragma once

#include <string>
#include <vector>

namespace haneul::sandbox {

enum class CgroupLayout { kNone, kV1, kV2 };

// A guarantee that cannot be given here (sandbox/enforcement.h).
struct Unenforced {
  std::string word;  // "memory": what an operator names to go without it
  std::string what;  // in a sentence's words
  std::string why;
  bool is_accepted = false;  // the operator named it
};

struct SandboxCapabilities {
  std::vector<std::string> missing;
  std::vector<std::string> notes;  // weaker than it could be, for example no Landlock in this kernel
  CgroupLayout cgroups = CgroupLayout::kNone;
  int landlock_abi = 0;  // 0: not in this kernel or not enabled
  std::vector<Unenforced> unenforced;
  bool usable() const { return missing.empty(); }
};

// Looks at the host without changing it. Cheap: a few system calls. Control groups that are missing are told,
// or left to whoever can do without.
enum class GroupNeed { kAll, kNone };
SandboxCapabilities probe(GroupNeed groups);

}  // namespace haneul::sandbox
