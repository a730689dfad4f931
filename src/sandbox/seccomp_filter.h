// The system calls an environment may make: an allow-list (libseccomp compiles it). What is not on it answers
// ENOSYS, as on a kernel without it, so that runtimes fall back (clone3, io_uring); what is known and refused
// answers EPERM.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include <linux/filter.h>

namespace haneul::sandbox {

class SeccompFilter {
 public:
  SeccompFilter();  // compiles; throws SandboxError when a rule cannot be expressed
  explicit SeccompFilter(std::string_view bytes);  // compiled before
  std::string_view bytes() const;
  void load() const;  // onto the calling thread, inherited by everything it starts; needs no_new_privs
  size_t size() const { return program_.size(); }

 private:
  std::vector<sock_filter> program_;
};

}  // namespace haneul::sandbox
