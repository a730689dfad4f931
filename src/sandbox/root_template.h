// The root that every environment starts from: a mount namespace that holds the host's /usr read-only, an
// /etc made of what programs need and of no secret, a /dev of harmless devices, and empty places to mount on.
// Built once; a new environment copies the namespace, which costs microseconds because it holds few mounts.
#pragma once

#include "base/fd.h"
#include "sandbox/devices.h"

namespace haneul::sandbox {

// Whether devices are made, or taken from the host, as those must who may make none. With the latter the
// host's /proc is in it too, since the kernel lets an ordinary user mount a new one only beside one that he
// sees; an environment takes it away before it runs anything.
Fd build_root_template(RootFrom devices);  // the mount namespace

}  // namespace haneul::sandbox
