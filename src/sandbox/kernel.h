// Small wrappers around kernel calls that the C library lacks, and the one way this folder reports a refused
// step.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <sys/types.h>

#include "base/fd.h"
#include "sandbox/spec.h"

namespace haneul::sandbox {

// Throws kSetupFailed "step: reason" with the present errno.
[[noreturn]] void fail_step(const std::string& step);

// Returns the result, or throws fail_step when it is negative.
int require(int result, const std::string& step);
Fd require_fd(int fd, const std::string& step);

struct ForkedChild {
  pid_t pid = 0;  // 0 in the child
  Fd pidfd;       // in the parent
};
// Whose child the new process is: ours, or our parent's, who alone can wait for it then.
enum class Parentage { kOwn, kSibling };
// clone3 with fork semantics into new namespaces (CLONE_NEW*). cgroup_fd (v2 directory) or -1.
ForkedChild fork_into(uint64_t namespace_flags, int cgroup_fd, Parentage parentage = Parentage::kOwn);
int open_pidfd(pid_t pid);
int send_to_pidfd(int pidfd, int signal_number);

void write_file(const std::string& path, std::string_view text);  // one write to an existing file
void write_file_at(int directory, const char* name, std::string_view text);
std::string read_file_at(int directory, const char* name);  // at most 64 KiB; empty when it cannot be read
std::string read_file(const std::string& path);

// Opens an absolute path without following any symbolic link, crossing magic links or (on request) mount
// points.
enum class Crossing { kAllowed, kRefused };
int open_strict(int root, const std::string& path, Crossing mounts);

}  // namespace haneul::sandbox
