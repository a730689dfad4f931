// The mounts of one environment, on its own copy of the root template: the spec's files and directories, a
// fresh /proc with what is nobody's business covered, a sized /tmp and /dev/shm. Nothing honours set-user-id
// or devices.
#pragma once

#include <vector>

#include "base/fd.h"
#include "sandbox/spec.h"

namespace haneul::sandbox {

// Takes hold of the sources in the host's mount namespace (first half), so that they can be attached inside
// later.
std::vector<Fd> open_sources(const std::vector<Mount>& mounts);

// Enters a private copy of the template, with a /proc of its own. The caller is in its new pid namespace.
void enter_root(const Fd& template_namespace);

// Enters a private copy without a /proc and adds the mounts: for a process that stays out of environments.
void enter_bare_root(const Fd& template_namespace, const std::vector<Mount>& mounts,
                     const std::vector<Fd>& sources);

// Adds mounts; those below /mnt all at once.
void attach_mounts(const std::vector<Mount>& mounts, const std::vector<Fd>& sources);

// Their parts, for the first process of a virtual machine, which does the same with a root of its own: at
// /proc, /tmp and /dev/shm.
void mount_private_proc();
void mount_scratch(uint64_t tmp_bytes, uint64_t memory_bytes);

// Adds what the specification asks for.
void complete_root(const EnvironmentSpec& spec, const std::vector<Fd>& sources);

}  // namespace haneul::sandbox
