#include "sandbox/validate.h"

#include <set>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>

namespace haneul::sandbox {
namespace {

constexpr size_t kArgumentsMax = 256;
constexpr size_t kVariablesMax = 512;
constexpr size_t kTextBytesMax = 128 * 1024;  // of argv and environment together
constexpr size_t kMountsMax = 32;
constexpr size_t kListenersMax = 16;
constexpr size_t kPathBytesMax = 4096;
constexpr uint64_t kMemoryBytesMin = 4ull << 20;
constexpr uint64_t kMemoryBytesMax = 1ull << 44;
constexpr uint32_t kCpuPermilleMax = 1'024'000;

[[noreturn]] void refuse(const std::string& message) {
  throw SandboxError(SandboxError::Kind::kInvalidSpec, message);
}

size_t check_texts(const std::vector<std::string>& texts, const char* field, size_t count_max) {
  if (texts.size() > count_max) refuse(fmt::format("{}: at most {} entries", field, count_max));
  size_t bytes = 0;
  for (const std::string& text : texts) {
    if (text.find('\0') != std::string::npos) refuse(fmt::format("{}: an entry holds a NUL byte", field));
    bytes += text.size() + 1;
  }
  return bytes;
}

void check_mounts(const std::vector<Mount>& mounts) {
  if (mounts.size() > kMountsMax) refuse(fmt::format("mounts: at most {} entries", kMountsMax));
  std::set<std::string> targets;
  for (const Mount& mount : mounts) {
    if (!is_plain_absolute_path(mount.source))
      refuse(fmt::format("mounts: bad source path {:?}", mount.source));
    if (!is_plain_absolute_path(mount.target))
      refuse(fmt::format("mounts: bad target path {:?}", mount.target));
    if (mount.mode > Mount::Mode::kReadWrite) refuse("mounts: bad mode");
    if (!targets.insert(mount.target).second) refuse(fmt::format("mounts: {} is named twice", mount.target));
  }
}

void check_listeners(const EnvironmentSpec& spec) {
  if (spec.listeners.size() > kListenersMax)
    refuse(fmt::format("listeners: at most {} entries", kListenersMax));
  for (const ListenSpec& listener : spec.listeners) {
    if (!is_local_address(listener.address))
      refuse(fmt::format("listeners: {:?} is not a loopback or link-local address", listener.address));
    if (listener.port == 0) refuse("listeners: port 0");
    if (listener.protocol > ListenSpec::Protocol::kUdp) refuse("listeners: bad protocol");
  }
}

void check_program(const std::vector<std::string>& argv, const std::vector<std::string>& environment) {
  if (argv.empty()) refuse("argv: empty");
  if (!is_plain_absolute_path(argv[0])) refuse("argv: the program must be an absolute path");
  const size_t bytes =
      check_texts(argv, "argv", kArgumentsMax) + check_texts(environment, "environment", kVariablesMax);
  if (bytes > kTextBytesMax) refuse(fmt::format("argv and environment: at most {} bytes", kTextBytesMax));
  for (const std::string& variable : environment) {
    const size_t equals = variable.find('=');
    if (equals == std::string::npos || equals == 0) refuse("environment: an entry is not NAME=value");
  }
}

void check_zygote(const Zygote& zygote) {
  check_program(zygote.argv, zygote.environment);
  check_mounts(zygote.mounts);
  if (zygote.way > Zygote::Way::kWaiting) refuse("zygote: bad way");
  for (const Mount& mount : zygote.mounts) {
    if (mount.mode != Mount::Mode::kReadOnly) refuse("mounts: a zygote's are read-only");
  }
}

bool is_host_name(const std::string& name) {
  constexpr size_t kHostNameBytesMax = 63;
  if (name.empty() || name.size() > kHostNameBytesMax) return false;
  return name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.") ==
         std::string::npos;
}

}  // namespace

bool is_plain_absolute_path(const std::string& path) {
  if (path.empty() || path[0] != '/' || path.size() > kPathBytesMax || path.find('\0') != std::string::npos) {
    return false;
  }
  if (path == "/") return true;
  for (size_t start = 1; start <= path.size();) {
    const size_t end = std::min(path.find('/', start), path.size());
    const std::string part = path.substr(start, end - start);
    if (part.empty() || part == "." || part == "..") return false;
    start = end + 1;
  }
  return true;
}

bool is_local_address(const std::string& address) {
  in6_addr six{};
  if (inet_pton(AF_INET6, address.c_str(), &six) == 1) return IN6_IS_ADDR_LOOPBACK(&six);
  in_addr four{};
  if (inet_pton(AF_INET, address.c_str(), &four) != 1) return false;
  const uint32_t host = ntohl(four.s_addr);
  constexpr uint32_t kLinkLocal = 0xa9fe;
  constexpr uint32_t kLoopback = 127;
  return host >> 24 == kLoopback || host >> 16 == kLinkLocal;
}

void validate_program(const EnvironmentSpec& spec) {
  check_program(spec.argv, spec.environment);
  if (!is_plain_absolute_path(spec.working_directory)) refuse("working_directory: not a plain absolute path");
}

void validate_spec(const EnvironmentSpec& spec) {
  if (spec.life > Life::kOfItsOwn) refuse("life: unknown");
  if (spec.life == Life::kOfMain) {
    validate_program(spec);
  } else if (!spec.argv.empty() || !spec.environment.empty() || spec.zygote) {
    refuse("life: programs of an environment with a life of its own come later");
  }
  if (spec.guest > Guest::kWithKvm) refuse("guest: unknown");
  if (spec.guest != Guest::kNone && (spec.zygote || spec.life != Life::kOfMain))
    refuse("guest: a virtual machine is a main process that is executed");
  if (!is_host_name(spec.hostname)) refuse("hostname: letters, digits, dots and dashes, at most 63");
  check_mounts(spec.mounts);
  check_listeners(spec);
  if (spec.zygote) check_zygote(*spec.zygote);
  if (spec.memory_bytes < kMemoryBytesMin || spec.memory_bytes > kMemoryBytesMax)
    refuse("memory_bytes: between 4 MiB and 16 TiB");
  if (spec.tmp_bytes < 4096 || spec.tmp_bytes > kMemoryBytesMax)
    refuse("tmp_bytes: between 4 KiB and 16 TiB");
  if (spec.cpu_permille < 1 || spec.cpu_permille > kCpuPermilleMax)
    refuse("cpu_permille: between 1 and 1,024,000");
  if (spec.pids_max < 3 || spec.pids_max > 32'768) refuse("pids_max: between 3 and 32,768");
  if (spec.files_max < 16 || spec.files_max > 1'048'576) refuse("files_max: between 16 and 1,048,576");
}

}  // namespace haneul::sandbox
