#include "sandbox/privileges.h"

#include <algorithm>

#include <linux/capability.h>
#include <linux/keyctl.h>
#include <linux/securebits.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "sandbox/kernel.h"

namespace haneul::sandbox {
namespace {

constexpr int kCapabilityNumbersMax = 64;

void limit(__rlimit_resource resource, rlim_t value) {
  rlimit present{};
  require(getrlimit(resource, &present), "getrlimit");
  const rlim_t bounded =
      std::min(value, present.rlim_max);  // raising the hard limit would need CAP_SYS_RESOURCE
  const rlimit wanted{bounded, bounded};
  require(setrlimit(resource, &wanted), "setrlimit");
}

}  // namespace

void set_resource_limits(const EnvironmentSpec& spec) {
  constexpr rlim_t kLockedBytesMax = 8 << 20;
  constexpr rlim_t kQueueBytesMax = 819'200;
  constexpr rlim_t kStackBytes = 8 << 20;
  constexpr rlim_t kFileBytesMax =
      16ull << 30;  // above the largest /tmp: space runs out before this ends a program
  constexpr rlim_t kSignalsMax = 4096;
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_NOFILE, spec.files_max);
  limit(RLIMIT_NPROC, spec.pids_max);
  limit(RLIMIT_FSIZE, kFileBytesMax);
  limit(RLIMIT_MEMLOCK, kLockedBytesMax);
  limit(RLIMIT_MSGQUEUE, kQueueBytesMax);
  limit(RLIMIT_SIGPENDING, kSignalsMax);
  limit(RLIMIT_NICE, 0);
  limit(RLIMIT_RTPRIO, 0);
  rlimit stack{};
  require(getrlimit(RLIMIT_STACK, &stack), "getrlimit");
  stack.rlim_cur = std::min(kStackBytes, stack.rlim_max);
  require(setrlimit(RLIMIT_STACK, &stack), "setrlimit");
}

void leave_session_keyring() {
  // A kernel without keyrings has nothing to leave.
  const long result = syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, nullptr);
  if (result < 0 && errno != ENOSYS) fail_step("join a session keyring of its own");
}

void keep_capabilities(std::initializer_list<int> numbers) {
  for (int number = 0; number < kCapabilityNumbersMax; ++number) {
    if (std::find(numbers.begin(), numbers.end(), number) != numbers.end()) continue;
    if (prctl(PR_CAPBSET_DROP, number, 0, 0, 0) != 0) break;  // EINVAL: the last one has been dropped
  }
  require(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0), "clear ambient capabilities");
  require(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "forbid new privileges");
}

void drop_all_capabilities() {
  for (int number = 0; number < kCapabilityNumbersMax; ++number) {
    if (prctl(PR_CAPBSET_DROP, number, 0, 0, 0) != 0) break;  // EINVAL: the last one has been dropped
  }
  if (prctl(PR_CAPBSET_READ, 0, 0, 0, 0) != 0) fail_step("empty the capability bounding set");
  constexpr unsigned long kLocked = SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP |
                                    SECBIT_NO_SETUID_FIXUP_LOCKED | SECBIT_KEEP_CAPS_LOCKED |
                                    SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED;
  require(prctl(PR_SET_SECUREBITS, kLocked, 0, 0, 0), "lock the capability switches");
  require(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0), "clear ambient capabilities");
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  const __user_cap_data_struct none[2] = {};
  require(static_cast<int>(syscall(SYS_capset, &header, none)), "drop capabilities");
  require(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "forbid new privileges");
}

}  // namespace haneul::sandbox
