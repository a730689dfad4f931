// The root that every environment starts from: a mount namespace that holds the host's /usr read-only, an
// /etc made of what programs need and of no secret, a /dev of harmless devices, and empty places to mount on.
// Built once; a new environment copies the namespace, which costs microseconds because it holds few mounts.
#pragma once

#include "base/fd.h"

namespace haneul::sandbox {

Fd build_root_template();  // the mount namespace

}  // namespace haneul::sandbox
