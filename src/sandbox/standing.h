// With whose rights the launcher works: root's, or those of an ordinary user, who is root in a user namespace
// of his own. There it has every capability over what belongs to that namespace - mounts, networks, processes
// of environments - and none over the host. https://man7.org/linux/man-pages/man7/user_namespaces.7.html
//
// With newuidmap and lines for the user in /etc/subuid and /etc/subgid, environments have ids of their own;
// else the one id that may be mapped, the user's, is that of all.
#pragma once

#include <cstdint>
#include <string>

#include "sandbox/launcher.h"

namespace haneul::sandbox {

struct Standing {
  enum class Rights { kHost, kOwnNamespace };
  enum class Ids { kDistinct, kShared };
  Rights rights = Rights::kHost;
  Ids ids = Ids::kDistinct;
  std::string problem;  // why there is no namespace to work in; empty: all is well
};

// Of this process, which must have one thread: when it lacks root's rights it enters namespaces of its own,
// for good. Changes where the configuration takes ids from.
Standing take_standing(LauncherConfig& config);

// A range of ids as /etc/subuid gives it to a user, by name or number; count 0: none.
struct IdRange {
  uint32_t first = 0;
  uint32_t count = 0;
};
IdRange find_id_range(std::string_view text, std::string_view user_name, uint32_t user_id);

// What this host says against user namespaces of ordinary users, in words; empty: nothing that can be read.
std::string why_no_user_namespace();

}  // namespace haneul::sandbox
