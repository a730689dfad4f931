// The connections that live on one loop: started here, swept for passed deadlines, closed here.
// Thread rule: adopt() and start_sweep() from any thread, everything else on the loop.
#pragma once

#include <memory>
#include <unordered_map>
#include <vector>

#include "base/task/loops.h"
#include "server/listen_socket.h"
#include "server/server_core.h"

namespace haneul::server {

class LoopConnections : public std::enable_shared_from_this<LoopConnections> {
 public:
  LoopConnections(Loop& loop, std::shared_ptr<ServerCore> core);
  ~LoopConnections();

  Loop& loop() { return loop_; }
  // All of the server, this one too; before the first connection.
  void set_neighbours(std::vector<std::weak_ptr<LoopConnections>> all) { neighbours_ = std::move(all); }
  void adopt(Accepted accepted, std::shared_ptr<Door> door);

  void start_sweep();  // ends by itself with the last connection when the server stops
  void wake_sweep();
  void close_idle();
  void close_all();
  void close_door(const Door& door);

 private:
  std::shared_ptr<LoopConnections> neighbour_at(const Executor& home) const;
  using Alive = ServerCore::Alive;
  static Task<void> run(Alive alive, std::shared_ptr<LoopConnections> self, Accepted accepted,
                        std::shared_ptr<Door> door);
  class Residence;  // where a connection lives
  static Task<void> serve(Residence& residence, SocketTransport& transport, std::string remote_address,
                          const Door& door);
  static Task<void> sweep_now_and_then(Alive alive, std::shared_ptr<LoopConnections> self);
  void sweep();

  struct Timer;
  Loop& loop_;
  std::shared_ptr<ServerCore> core_;
  std::unique_ptr<Timer> timer_;
  std::unordered_map<SocketTransport*, const Door*> open_;
  std::vector<std::weak_ptr<LoopConnections>> neighbours_;
};

}  // namespace haneul::server
