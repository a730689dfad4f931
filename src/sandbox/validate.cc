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

void check(bool holds, const std::string& message) {
  if (!holds) throw SandboxError(SandboxError::Kind::kInvalidSpec, message);
}

size_t check_texts(const std::vector<std::string>& texts, const char* field, size_t count_max) {
  check(texts.size() <= count_max, fmt::format("{}: at most {} entries", field, count_max));
  size_t bytes = 0;
  for (const std::string& text : texts) {
    check(text.find('\0') == std::string::npos, fmt::format("{}: an entry holds a NUL byte", field));
    bytes += text.size() + 1;
  }
  return bytes;
}

void check_mounts(const EnvironmentSpec& spec) {
  check(spec.mounts.size() <= kMountsMax, fmt::format("mounts: at most {} entries", kMountsMax));
  std::set<std::string> targets;
  for (const Mount& mount : spec.mounts) {
    check(is_plain_absolute_path(mount.source), fmt::format("mounts: bad source path {:?}", mount.source));
    check(is_plain_absolute_path(mount.target), fmt::format("mounts: bad target path {:?}", mount.target));
    check(mount.mode <= Mount::Mode::kReadWrite, "mounts: bad mode");
    check(targets.insert(mount.target).second, fmt::format("mounts: {} is named twice", mount.target));
  }
}

void check_listeners(const EnvironmentSpec& spec) {
  check(spec.listeners.size() <= kListenersMax, fmt::format("listeners: at most {} entries", kListenersMax));
  for (const ListenSpec& listener : spec.listeners) {
    check(is_local_address(listener.address),
          fmt::format("listeners: {:?} is not a loopback or link-local address", listener.address));
    check(listener.port != 0, "listeners: port 0");
    check(listener.protocol <= ListenSpec::Protocol::kUdp, "listeners: bad protocol");
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

void validate_spec(const EnvironmentSpec& spec) {
  check(!spec.argv.empty(), "argv: empty");
  check(is_plain_absolute_path(spec.argv[0]), "argv: the program must be an absolute path");
  const size_t bytes = check_texts(spec.argv, "argv", kArgumentsMax) +
                       check_texts(spec.environment, "environment", kVariablesMax);
  check(bytes <= kTextBytesMax, fmt::format("argv and environment: at most {} bytes", kTextBytesMax));
  for (const std::string& variable : spec.environment) {
    const size_t equals = variable.find('=');
    check(equals != std::string::npos && equals > 0, "environment: an entry is not NAME=value");
  }
  check(is_plain_absolute_path(spec.working_directory), "working_directory: not a plain absolute path");
  check(is_host_name(spec.hostname), "hostname: letters, digits, dots and dashes, at most 63");
  check_mounts(spec);
  check_listeners(spec);
  check(spec.memory_bytes >= kMemoryBytesMin && spec.memory_bytes <= kMemoryBytesMax,
        "memory_bytes: between 4 MiB and 16 TiB");
  check(spec.tmp_bytes >= 4096 && spec.tmp_bytes <= kMemoryBytesMax, "tmp_bytes: between 4 KiB and 16 TiB");
  check(spec.cpu_permille >= 1 && spec.cpu_permille <= kCpuPermilleMax,
        "cpu_permille: between 1 and 1,024,000");
  check(spec.pids_max >= 3 && spec.pids_max <= 32'768, "pids_max: between 3 and 32,768");
  check(spec.files_max >= 16 && spec.files_max <= 1'048'576, "files_max: between 16 and 1,048,576");
}

}  // namespace haneul::sandbox
