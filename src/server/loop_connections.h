// The connections that live on one loop: started here, swept for passed deadlines, closed here.
// Thread rule: adopt() and start_sweep() from any thread, everything else on the loop.
#pragma once

#include <memory>
#include <unordered_map>

#include "base/task/loops.h"
#include "server/listen_socket.h"
#include "server/server_core.h"

namespace haneul::server {

class LoopConnections : public std::enable_shared_from_this<LoopConnections> {
 public:
  LoopConnections(Loop& loop, std::shared_ptr<ServerCore> core);
  ~LoopConnections();

  Loop& loop() { return loop_; }
  void adopt(Accepted accepted, std::shared_ptr<Door> door);

  void start_sweep();  // ends by itself with the last connection when the server stops
  void wake_sweep();
  void close_idle();
  void close_all();
  void close_door(const Door& door);

 private:
  using Alive = ServerCore::Alive;
  static Task<void> run(Alive alive, std::shared_ptr<LoopConnections> self, Accepted accepted,
                        std::shared_ptr<Door> door);
  static Task<void> serve(LoopConnections& self, SocketTransport& transport, std::string remote_address,
                          const Door& door);
  static Task<void> sweep_now_and_then(Alive alive, std::shared_ptr<LoopConnections> self);
  void sweep();

  struct Timer;
  Loop& loop_;
  std::shared_ptr<ServerCore> core_;
  std::unique_ptr<Timer> timer_;
  std::unordered_map<SocketTransport*, const Door*> open_;
};

}  // namespace haneul::server
