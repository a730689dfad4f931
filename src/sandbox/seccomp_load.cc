// Loading a compiled filter: apart from its compilation, because a zygote's forks load what the launcher has
// compiled.
#include <cstring>

#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox/kernel.h"
#include "sandbox/seccomp_filter.h"

namespace haneul::sandbox {

SeccompFilter::SeccompFilter(std::string_view bytes) : program_(bytes.size() / sizeof(sock_filter)) {
  std::memcpy(program_.data(), bytes.data(), program_.size() * sizeof(sock_filter));
}

std::string_view SeccompFilter::bytes() const {
  return {reinterpret_cast<const char*>(program_.data()), program_.size() * sizeof(sock_filter)};
}

void SeccompFilter::load() const {
  const sock_fprog program{static_cast<unsigned short>(program_.size()),
                           const_cast<sock_filter*>(program_.data())};
  require(static_cast<int>(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program)),
          "load the seccomp filter");
}

}  // namespace haneul::sandbox
