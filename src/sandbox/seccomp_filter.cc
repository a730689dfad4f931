#include "sandbox/seccomp_filter.h"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <memory>

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "sandbox/kernel.h"
#include "sandbox/seccomp_calls.h"

namespace haneul::sandbox {
namespace {

constexpr uint64_t kTypeMask =
    0xf;  // the rest of a socket's type argument are flags (SOCK_TYPE_MASK in the kernel)

class Rules {
 public:
  Rules() : context_(seccomp_init(SCMP_ACT_ERRNO(ENOSYS)), seccomp_release) {
    constexpr uint32_t kBinaryTree = 2;
    if (!context_) throw SandboxError(SandboxError::Kind::kSetupFailed, "seccomp_init failed");
    check(seccomp_attr_set(context_.get(), SCMP_FLTATR_CTL_OPTIMIZE, kBinaryTree), "optimize");
    check(seccomp_attr_set(context_.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS),
          "bad architecture");
  }

  void add(uint32_t action, const char* name, std::initializer_list<scmp_arg_cmp> conditions = {}) {
    const int number = seccomp_syscall_resolve_name(name);
    if (number < 0) return;  // unknown here (or to this architecture): answers ENOSYS
    const int result = seccomp_rule_add_array(context_.get(), action, number,
                                              static_cast<unsigned>(conditions.size()), conditions.begin());
    check(result, name);
  }
  void allow(const char* name, std::initializer_list<scmp_arg_cmp> conditions = {}) {
    add(SCMP_ACT_ALLOW, name, conditions);
  }
  void refuse(const char* name, std::initializer_list<scmp_arg_cmp> conditions = {}, int error = EPERM) {
    add(SCMP_ACT_ERRNO(static_cast<uint16_t>(error)), name, conditions);
  }

  std::vector<sock_filter> compile() {
    const Fd file = require_fd(memfd_create("seccomp", MFD_CLOEXEC), "memfd_create");
    check(seccomp_export_bpf(context_.get(), file.get()), "export");
    const off_t bytes = lseek(file.get(), 0, SEEK_END);
    std::vector<sock_filter> program(static_cast<size_t>(bytes) / sizeof(sock_filter));
    if (pread(file.get(), program.data(), static_cast<size_t>(bytes), 0) != bytes)
      fail_step("read the filter");
    return program;
  }

 private:
  static void check(int result, const char* what) {
    if (result == 0) return;
    errno = -result;
    fail_step(fmt::format("seccomp rule {}", what));
  }
  std::unique_ptr<void, void (*)(scmp_filter_ctx)> context_;
};

std::vector<std::string> names_in(std::string_view list) {
  std::vector<std::string> names;
  for (size_t start = 0; start < list.size();) {
    const size_t end = std::min(list.find(' ', start), list.size());
    if (end > start) names.emplace_back(list.substr(start, end - start));
    start = end + 1;
  }
  return names;
}

scmp_arg_cmp is(unsigned argument, uint64_t value) { return {argument, SCMP_CMP_EQ, value, 0}; }
scmp_arg_cmp masked(unsigned argument, uint64_t mask, uint64_t value) {
  return {argument, SCMP_CMP_MASKED_EQ, mask, value};
}

// Threads and processes yes, namespaces no. clone3 hides its flags in memory, where a filter cannot look: it
// stays off the list, and the C library falls back to clone.
void add_clone(Rules& rules) {
  constexpr uint64_t kNamespaces[] = {CLONE_NEWNS,   CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC,
                                      CLONE_NEWUSER, CLONE_NEWPID,    CLONE_NEWNET};
  uint64_t all = 0;
  for (const uint64_t flag : kNamespaces) {
    rules.refuse("clone", {masked(0, flag, flag)});
    all |= flag;
  }
  rules.allow("clone", {masked(0, all, 0)});
}

// Unix, TCP and UDP sockets, and route questions to netlink. Everything else is attack surface: AF_VSOCK
// reaches a hypervisor, AF_ALG and AF_PACKET old kernel code.
void add_sockets(Rules& rules) {
  const auto socket = [&](uint64_t domain, uint64_t type, uint64_t protocol) {
    rules.allow("socket", {is(0, domain), masked(1, kTypeMask, type), is(2, protocol)});
  };
  for (const uint64_t type : {SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET}) {
    rules.allow("socket", {is(0, AF_UNIX), masked(1, kTypeMask, type)});
    rules.allow("socketpair", {is(0, AF_UNIX), masked(1, kTypeMask, type)});
  }
  for (const uint64_t domain : {AF_INET, AF_INET6}) {
    socket(domain, SOCK_STREAM, 0);
    socket(domain, SOCK_STREAM, IPPROTO_TCP);
    socket(domain, SOCK_DGRAM, 0);
    socket(domain, SOCK_DGRAM, IPPROTO_UDP);
  }
  constexpr uint64_t kNetlinkRoute = 0;
  socket(AF_NETLINK, SOCK_RAW, kNetlinkRoute);
  socket(AF_NETLINK, SOCK_DGRAM, kNetlinkRoute);

  // The rest of the room of arguments, so that a refusal reads as a refusal and not as a missing system call.
  constexpr uint64_t kFamiliesEnd = 64;
  for (uint64_t domain = 0; domain < kFamiliesEnd; ++domain) {
    if (domain != AF_UNIX && domain != AF_INET && domain != AF_INET6 && domain != AF_NETLINK) {
      rules.refuse("socket", {is(0, domain)}, EAFNOSUPPORT);
    }
  }
  for (const uint64_t domain : {AF_INET, AF_INET6}) {
    rules.refuse("socket", {is(0, domain), masked(1, kTypeMask, SOCK_RAW)});
  }
  rules.refuse("socket", {is(0, AF_NETLINK), {2, SCMP_CMP_GT, kNetlinkRoute, 0}}, EPROTONOSUPPORT);
}

void add_special(Rules& rules) {
  constexpr uint64_t kPersonalityQuery = 0xffffffff;
  rules.allow("personality", {is(0, 0)});
  rules.allow("personality", {is(0, kPersonalityQuery)});

  rules.refuse("seccomp", {masked(1, SECCOMP_FILTER_FLAG_NEW_LISTENER, SECCOMP_FILTER_FLAG_NEW_LISTENER)});
  rules.allow("seccomp", {masked(1, SECCOMP_FILTER_FLAG_NEW_LISTENER, 0)});
}

// libseccomp compares whole 64-bit arguments and cannot say "unlike this in the low half", which is what the
// kernel looks at for ioctl. These few instructions stand before its program: they refuse, or fall through to
// it.
std::vector<sock_filter> refuse_terminal_commands() {
  constexpr uint32_t kTiocsti = 0x5412;    // types into a terminal
  constexpr uint32_t kTioclinux = 0x541c;  // pastes into a console
  constexpr uint32_t kTiocsetd = 0x5423;   // loads line disciplines
  constexpr uint32_t kRefuse = SECCOMP_RET_ERRNO | EPERM;
  return {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ioctl, 0, 5),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args[1])),  // little-endian: the low half
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kTiocsti, 2, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kTioclinux, 1, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kTiocsetd, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, kRefuse),
  };
}

}  // namespace

SeccompFilter::SeccompFilter() {
  Rules rules;
  for (const std::string& name : names_in(kAllowedCalls)) rules.allow(name.c_str());
  for (const std::string& name : names_in(kRefusedCalls)) rules.refuse(name.c_str());
  add_clone(rules);
  add_sockets(rules);
  add_special(rules);
  program_ = refuse_terminal_commands();
  const std::vector<sock_filter> compiled = rules.compile();
  program_.insert(program_.end(), compiled.begin(), compiled.end());
}

}  // namespace haneul::sandbox
