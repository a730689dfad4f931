#include "sandbox/namespace_maker.h"

#include <cerrno>
#include <cstring>

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "base/log.h"
#include "sandbox/kernel.h"
#include "sandbox/messages.h"
#include "sandbox/network.h"
#include "sandbox/user_namespace.h"

namespace haneul::sandbox {
namespace {

// The launcher's other descriptors would keep tenants' pipes and sockets alive.
void keep_standard_and(int socket) {
  if (socket > STDERR_FILENO + 1) close_range(STDERR_FILENO + 1, static_cast<unsigned>(socket) - 1, 0);
  close_range(static_cast<unsigned>(socket) + 1, ~0U, 0);
}

[[noreturn]] void run_maker(int socket) {
  prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  prctl(PR_SET_NAME, "haneul-cells", 0, 0, 0);
  keep_standard_and(socket);
  try {
    for (;;) {
      pollfd ready{socket, POLLIN, 0};
      if (poll(&ready, 1, -1) < 0) continue;
      Received order;
      if (!receive_message(socket, order)) break;
      uint32_t host_id = 0;
      std::memcpy(&host_id, order.bytes.data(), std::min(order.bytes.size(), sizeof host_id));
      Namespaces made = make_namespaces(host_id);
      std::vector<Fd> fds;
      fds.push_back(std::move(made.network));
      fds.push_back(std::move(made.user));
      if (send_message(socket, order.bytes, fds) != 0) break;
    }
  } catch (const std::exception& error) {
    log_warning("namespaces cannot be made ahead", {{"reason", error.what()}});
  }
  _exit(0);
}

}  // namespace

Namespaces make_namespaces(uint32_t host_id) {
  Namespaces made;
  made.host_id = host_id;
  made.network = make_network_namespace();
  made.user = make_user_namespace(host_id);
  return made;
}

NamespaceMaker::NamespaceMaker() {
  int ends[2];
  require(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), "socketpair");
  process_.status.reset(ends[0]);
  const Fd theirs(ends[1]);
  ForkedChild child = fork_into(0, -1);
  if (child.pid == 0) run_maker(theirs.get());
  process_.pid = child.pid;
  process_.pidfd = std::move(child.pidfd);
}

void NamespaceMaker::ask(uint32_t host_id) {
  const std::string bytes(reinterpret_cast<const char*>(&host_id), sizeof host_id);
  lost_ = lost_ || send_message(socket(), bytes, {}) != 0;
  if (!lost_) asked_.push_back(host_id);
}

std::optional<Namespaces> NamespaceMaker::read() {
  Received received;
  if (!receive_message(socket(), received)) {
    lost_ = lost_ || received.closed;
    return std::nullopt;
  }
  constexpr size_t kParts = 2;
  if (asked_.empty() || received.fds.size() != kParts) {
    lost_ = true;
    return std::nullopt;
  }
  Namespaces made{asked_.front(), std::move(received.fds[0]), std::move(received.fds[1])};
  asked_.pop_front();
  return made;
}

}  // namespace haneul::sandbox
