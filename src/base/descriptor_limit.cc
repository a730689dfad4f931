#include "base/descriptor_limit.h"

#include <algorithm>
#include <fstream>

#include <sys/resource.h>

namespace haneul {

uint64_t raise_descriptor_limit() {
  constexpr rlim_t kMost = 1 << 20;  // tables of descriptors grow with the highest number in use
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  rlim_t kernel_max = limit.rlim_max;
  std::ifstream("/proc/sys/fs/nr_open") >> kernel_max;
  const rlim_t wanted = std::max(limit.rlim_max, std::min(kMost, kernel_max));
  const rlimit raised{wanted, wanted};
  if (setrlimit(RLIMIT_NOFILE, &raised) == 0) return wanted;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

}  // namespace haneul
