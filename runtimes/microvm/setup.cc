// What the guest is made of: drivers, network, limits, the function's root.
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "parts.h"
#include "sandbox/devices.h"
#include "sandbox/kernel.h"
#include "sandbox/mounts.h"

namespace haneul::guest {
namespace {

namespace fs = std::filesystem;
using sandbox::fail_step;
using sandbox::require;
using sandbox::require_fd;

constexpr const char* kShareRoot = "/root";
constexpr const char* kGroups = "/groups";

// Of QEMU's user network: this end, the other end, which is the environment's loopback.
constexpr const char* kOwnAddress = "10.0.2.15";
constexpr const char* kNetworkMask = "255.255.255.0";

void set_up(const Fd& socket, ifreq& request) {
  require(ioctl(socket.get(), SIOCGIFFLAGS, &request), "ask for an interface");
  request.ifr_flags |= IFF_UP;
  require(ioctl(socket.get(), SIOCSIFFLAGS, &request), "bring an interface up");
}

void set_address(const Fd& socket, ifreq& request, unsigned long command, const char* text) {
  sockaddr_in address{.sin_family = AF_INET};
  inet_pton(AF_INET, text, &address.sin_addr);
  std::memcpy(&request.ifr_addr, &address, sizeof address);
  require(ioctl(socket.get(), command, &request), "give an interface its address");
}

// Drivers find their devices a moment after they have been loaded.
template <class Found>
void await(const char* what, Found found) {
  constexpr int kTries = 10'000;
  constexpr timespec kPause{0, 1'000'000};
  for (int i = 0; i < kTries; ++i) {
    if (found()) return;
    nanosleep(&kPause, nullptr);
  }
  errno = ETIMEDOUT;
  fail_step(what);
}

}  // namespace

void load_modules() {
  std::vector<std::string> paths;
  for (const auto& entry : fs::directory_iterator("/modules")) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  for (const std::string& path : paths) {
    const Fd file = require_fd(open(path.c_str(), O_RDONLY | O_CLOEXEC), "open " + path);
    if (syscall(SYS_finit_module, file.get(), "", 0) != 0 && errno != EEXIST) fail_step("load " + path);
  }
}

Fd open_port() {
  Fd port;
  await("find the port", [&] {
    port.reset(open("/dev/vport0p1", O_RDWR | O_CLOEXEC));
    return static_cast<bool>(port);
  });
  return port;
}

void bring_loopback_up() {
  const Fd socket = require_fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "open a socket");
  ifreq loopback{};
  std::strcpy(loopback.ifr_name, "lo");
  set_up(socket, loopback);
}

void bring_network_up() {
  const Fd socket = require_fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "open a socket");
  ifreq card{};
  std::strcpy(card.ifr_name, "eth0");
  await("find the network card", [&] { return ioctl(socket.get(), SIOCGIFINDEX, &card) == 0; });
  sandbox::write_file("/proc/sys/net/ipv6/conf/eth0/disable_ipv6", "1");
  set_address(socket, card, SIOCSIFADDR, kOwnAddress);
  set_address(socket, card, SIOCSIFNETMASK, kNetworkMask);
  set_up(socket, card);
}

Fd make_group(const sandbox::EnvironmentSpec& function) {
  mkdir(kGroups, 0755);
  require(mount("groups", kGroups, "cgroup2", 0, nullptr), "mount control groups");
  sandbox::write_file(fmt::format("{}/cgroup.subtree_control", kGroups), "+memory +pids");
  const std::string path = fmt::format("{}/function", kGroups);
  require(mkdir(path.c_str(), 0755), "make a control group");
  Fd group = require_fd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC), "open a control group");
  sandbox::write_file_at(group.get(), "memory.max", std::to_string(function.memory_bytes));
  sandbox::write_file_at(group.get(), "memory.oom.group", "1");
  sandbox::write_file_at(group.get(), "pids.max", std::to_string(function.pids_max));
  return group;
}

void enter_share() {
  mkdir(kShareRoot, 0755);
  // What is shared never changes while this machine lives: so all of it may be kept.
  require(mount(sandbox::kShareName, kShareRoot, "9p", MS_RDONLY | MS_NOSUID | MS_NODEV,
                "trans=virtio,version=9p2000.L,cache=loose,msize=262144"),
          "mount the share");
  require(chdir(kShareRoot), "enter the share");
  require(mount(".", "/", nullptr, MS_MOVE, nullptr), "move the share");
  require(chroot("."), "change the root");
  require(chdir("/"), "enter the root");
}

void complete_share(const sandbox::EnvironmentSpec& function) {
  require(mount("haneul", "/dev", "tmpfs", MS_NOSUID, "mode=0755,size=64k,nr_inodes=64"), "mount /dev");
  sandbox::make_devices("/dev", sandbox::RootFrom::kNothing);
  require(mount(nullptr, "/dev", nullptr, MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NOEXEC, nullptr),
          "restrict /dev");
  sandbox::mount_private_proc();
  sandbox::mount_scratch(function.tmp_bytes, function.memory_bytes);
}

}  // namespace haneul::guest
