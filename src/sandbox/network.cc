#include "sandbox/network.h"

#include <cerrno>
#include <cstring>

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>

#include "sandbox/kernel.h"

namespace haneul::sandbox {
namespace {

constexpr int kLoopbackIndex = 1;  // the first interface of every network namespace
constexpr int kBacklog = 128;

// Visits another network namespace for the life of this object.
class NamespaceVisit {
 public:
  NamespaceVisit()
      : home_(require_fd(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), "open our network namespace")) {}
  ~NamespaceVisit() {
    if (setns(home_.get(), CLONE_NEWNET) != 0)
      std::abort();  // a launcher lost in a sandbox's network must not go on
  }
  void enter_new() { require(unshare(CLONE_NEWNET), "make a network namespace"); }
  void enter(int fd) { require(setns(fd, CLONE_NEWNET), "enter a network namespace"); }

 private:
  Fd home_;
};

template <class Body>
struct NetlinkRequest {
  nlmsghdr header;
  Body body;
  char attributes[64];
};

template <class Body>
void add_attribute(NetlinkRequest<Body>& request, uint16_t type, const void* data, uint16_t bytes) {
  auto* at =
      reinterpret_cast<rtattr*>(reinterpret_cast<char*>(&request) + NLMSG_ALIGN(request.header.nlmsg_len));
  at->rta_type = type;
  at->rta_len = static_cast<uint16_t>(RTA_LENGTH(bytes));
  std::memcpy(RTA_DATA(at), data, bytes);
  request.header.nlmsg_len = NLMSG_ALIGN(request.header.nlmsg_len) + RTA_ALIGN(at->rta_len);
}

template <class Body>
void ask_kernel(NetlinkRequest<Body>& request, const std::string& step) {
  const Fd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  request.header.nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
  if (!socket || send(socket.get(), &request, request.header.nlmsg_len, 0) < 0) fail_step(step);
  struct {
    nlmsghdr header;
    nlmsgerr error;
    char rest[256];
  } answer{};
  if (recv(socket.get(), &answer, sizeof answer, 0) < static_cast<ssize_t>(sizeof answer.header))
    fail_step(step);
  errno = answer.header.nlmsg_type == NLMSG_ERROR ? -answer.error.error : EPROTO;
  if (errno != 0 && errno != EEXIST) fail_step(step);
}

void bring_loopback_up() {
  NetlinkRequest<ifinfomsg> request{};
  request.header.nlmsg_len = NLMSG_LENGTH(sizeof request.body);
  request.header.nlmsg_type = RTM_NEWLINK;
  request.body.ifi_index = kLoopbackIndex;
  request.body.ifi_flags = IFF_UP;
  request.body.ifi_change = IFF_UP;
  ask_kernel(request, "bring the loopback interface up");
}

void add_address(in_addr address) {
  constexpr int kWholeAddress = 32;
  NetlinkRequest<ifaddrmsg> request{};
  request.header.nlmsg_len = NLMSG_LENGTH(sizeof request.body);
  request.header.nlmsg_type = RTM_NEWADDR;
  request.header.nlmsg_flags = NLM_F_CREATE | NLM_F_EXCL;
  request.body.ifa_family = AF_INET;
  request.body.ifa_prefixlen = kWholeAddress;
  request.body.ifa_scope = RT_SCOPE_HOST;
  request.body.ifa_index = kLoopbackIndex;
  add_attribute(request, IFA_LOCAL, &address, sizeof address);
  add_attribute(request, IFA_ADDRESS, &address, sizeof address);
  ask_kernel(request, "add an address to the loopback interface");
}

Fd make_listener(const ListenSpec& spec) {
  const std::string step = fmt::format("listen on {}:{} inside", spec.address, spec.port);
  sockaddr_in four{.sin_family = AF_INET, .sin_port = htons(spec.port)};
  sockaddr_in6 six{.sin6_family = AF_INET6, .sin6_port = htons(spec.port)};
  const bool is_four = inet_pton(AF_INET, spec.address.c_str(), &four.sin_addr) == 1;
  if (!is_four && inet_pton(AF_INET6, spec.address.c_str(), &six.sin6_addr) != 1) fail_step(step);
  constexpr uint32_t kLoopbackNet = 127;
  if (is_four && ntohl(four.sin_addr.s_addr) >> 24 != kLoopbackNet) add_address(four.sin_addr);

  const bool tcp = spec.protocol == ListenSpec::Protocol::kTcp;
  const int type = (tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC | SOCK_NONBLOCK;
  Fd socket = require_fd(::socket(is_four ? AF_INET : AF_INET6, type, 0), step);
  const auto* address =
      is_four ? reinterpret_cast<const sockaddr*>(&four) : reinterpret_cast<const sockaddr*>(&six);
  require(bind(socket.get(), address, is_four ? sizeof four : sizeof six), step);
  if (tcp) require(listen(socket.get(), kBacklog), step);
  return socket;
}

}  // namespace

Fd make_network_namespace() {
  NamespaceVisit visit;
  visit.enter_new();
  bring_loopback_up();
  return require_fd(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), "open the new network namespace");
}

Fd make_socket(const Fd& network_namespace) {
  NamespaceVisit visit;
  visit.enter(network_namespace.get());
  return require_fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0),
                    "make a socket in a network namespace");
}

std::vector<Fd> make_listeners(const Fd& network_namespace, const std::vector<ListenSpec>& specs) {
  std::vector<Fd> sockets;
  if (specs.empty()) return sockets;
  NamespaceVisit visit;
  visit.enter(network_namespace.get());
  for (const ListenSpec& spec : specs) sockets.push_back(make_listener(spec));
  return sockets;
}

}  // namespace haneul::sandbox
