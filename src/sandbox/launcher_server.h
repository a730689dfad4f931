// The launcher's own process: one thread, one loop over one connection and the environments it made. It never
// trusts a request, never blocks for long on one environment, and outlives neither its server nor its
// environments.
#pragma once

#include <chrono>
#include <deque>
#include <map>

#include "sandbox/launcher.h"
#include "sandbox/messages.h"
#include "sandbox/running.h"
#include "sandbox/standing.h"
#include "sandbox/zygotes.h"

namespace haneul::sandbox {

class LauncherServer {
 public:
  LauncherServer(const LauncherConfig& config, const Standing& standing, Fd socket);
  void run();  // returns when the server is gone and nothing is left running

 private:
  enum Source : uint64_t { kSocket, kInit, kStatus, kMemory, kZygote, kMaker };
  using Table = std::map<EnvironmentId, std::unique_ptr<Running>>;

  SandboxCapabilities prepare(const Standing& standing);
  void make_cgroups(const Standing& standing, SandboxCapabilities& found);
  void watch(int fd, EnvironmentId id, Source source);
  int next_timeout_ms() const;
  void on_event(uint64_t tag);
  bool read_requests();  // false when the server has gone
  void handle(Request& request);
  void start(Request& request);
  void start_in(const Request& request, Cell cell);
  void resume(std::vector<Zygotes::Arrival> arrivals);
  bool may_prepare() const;
  void prepare_ahead();
  void freeze(Running& running, uint64_t serial);
  void run_program(Running& running, const Request& request);
  void open_socket(Running& running, uint64_t serial);
  void send_signal(Running& running, const Request& request);
  void on_status(Running& running);
  void tell_program_news(Running& running);
  void on_init_ended(Table::iterator at);
  void look_at_pending();
  void reply_done(uint64_t serial, const Running& running);
  void reply_error(uint64_t serial, const SandboxError& error);
  void post(const Reply& reply, std::vector<Fd> fds);
  void flush();
  void bury();
  void shut_down();

  struct Outgoing {
    std::string bytes;
    std::vector<Fd> fds;
  };

  LauncherConfig config_;
  Fd socket_;
  Fd epoll_;
  SandboxCapabilities capabilities_;
  std::unique_ptr<CgroupFactory> cgroups_;
  std::unique_ptr<SeccompFilter> filter_;
  Fd root_template_;
  std::unique_ptr<CellPool> pool_;
  std::unique_ptr<Zygotes> zygotes_;  // before its pool
  Table running_;
  EnvironmentId next_id_;
  size_t starting_ = 0;  // environments that have their order and no main process yet
  std::deque<Outgoing> outbox_;
  std::deque<std::unique_ptr<Cgroup>> graveyard_;  // groups the kernel was not ready to remove
  bool has_stale_ = false;                         // groups of dead launchers that could not be removed yet
  std::chrono::steady_clock::time_point next_stale_look_{};
  bool server_gone_ = false;
};

}  // namespace haneul::sandbox
