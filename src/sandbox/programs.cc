// Process 1 of an environment with a life of its own: it executes a program for each order and reports what
// becomes of it. Like any process 1 here it shares nothing with the tenant but the pid namespace; the end of
// a child is the only signal it listens to, so that one more of these from inside costs a look and no more.
#include <cerrno>
#include <cstring>
#include <map>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "sandbox/environment_process.h"
#include "sandbox/kernel.h"
#include "sandbox/messages.h"

namespace haneul::sandbox {
namespace {

void wake_up(int) {}

void tell(int socket, const StatusMessage& message) { send(socket, &message, sizeof message, MSG_NOSIGNAL); }

// The three lowest stay taken: what comes with an order must not land where a program's own are put.
void keep_only(int fd) {
  constexpr unsigned kStandard = 3;
  Fd null = require_fd(open("/dev/null", O_RDWR), "open /dev/null");
  for (int i = 0; i < static_cast<int>(kStandard); ++i) require(dup2(null.get(), i), "take a descriptor");
  if (null.get() < static_cast<int>(kStandard)) null.release();
  null.reset();
  const auto kept = static_cast<unsigned>(fd);
  if (kept > kStandard) close_range(kStandard, kept - 1, 0);
  close_range(kept + 1, ~0U, 0);
}

class Programs {
 public:
  explicit Programs(int status_socket) : socket_(status_socket) {
    sigset_t children;
    sigemptyset(&children);
    sigaddset(&children, SIGCHLD);
    sigprocmask(SIG_BLOCK, &children, nullptr);
    struct sigaction action{};
    action.sa_handler = wake_up;
    sigaction(SIGCHLD, &action, nullptr);
  }

  void serve() {
    sigset_t all_pass;
    sigemptyset(&all_pass);
    for (;;) {
      pollfd orders{socket_, POLLIN, 0};
      ppoll(&orders, 1, nullptr, &all_pass);
      take_orders();
      reap();
    }
  }

 private:
  void take_orders() {
    Received received;
    for (; receive_message(socket_, received); received = {}) run(std::move(received));
    if (received.closed) _exit(0);  // there is no launcher any more
  }

  void run(Received order) {
    constexpr size_t kOutputs = 2;
    StatusMessage answer;
    try {
      Request request = decode_request(order.bytes);
      answer.program = request.program;
      if (request.verb != Request::Verb::kRun || order.fds.size() != kOutputs) return;
      const Assignment assignment{std::move(request.spec), std::move(order.fds[0]), std::move(order.fds[1])};
      const pid_t pid = start_main(assignment, socket_, answer.program);
      running_[pid] = answer.program;
      answer.kind = StatusMessage::Kind::kStarted;
    } catch (const std::exception& error) {
      std::strncpy(answer.text, error.what(), sizeof answer.text - 1);
    }
    tell(socket_, answer);
  }

  void reap() {
    int status = 0;
    for (pid_t ended = 0; (ended = waitpid(-1, &status, WNOHANG | __WALL)) > 0;) {
      const auto at = running_.find(ended);
      if (at == running_.end()) continue;  // an orphan
      StatusMessage message;
      message.kind = StatusMessage::Kind::kEnded;
      message.program = at->second;
      message.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
      message.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
      tell(socket_, message);
      running_.erase(at);
    }
  }

  int socket_;
  std::map<pid_t, ProgramId> running_;
};

}  // namespace

void serve_programs(int status_socket) {
  keep_only(status_socket);
  Programs programs(status_socket);
  StatusMessage ready;
  ready.kind = StatusMessage::Kind::kStarted;
  tell(status_socket, ready);
  programs.serve();
  _exit(0);
}

}  // namespace haneul::sandbox
