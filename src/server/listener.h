// One listening socket: accepts and hands connections to the loops in turn. The descriptor may belong to
// another network namespace; nothing here asks where it came from. Thread rule: made and closed from any
// thread; accepts on its loop.
#pragma once

#include <memory>
#include <vector>

#include "server/loop_connections.h"

namespace haneul::server {

class Listener : public std::enable_shared_from_this<Listener> {
 public:
  Listener(Loop& loop, Fd socket, std::shared_ptr<Door> door, std::shared_ptr<ServerCore> core);
  ~Listener();

  using LoopSet = std::vector<std::shared_ptr<LoopConnections>>;
  void start(LoopSet loops);
  void close();  // stops accepting; the socket closes soon after
  const std::shared_ptr<Door>& door() const { return door_; }

 private:
  static Task<void> accept_loop(ServerCore::Alive alive, std::shared_ptr<Listener> self, LoopSet loops);
  bool accept_some(const LoopSet& loops);

  struct Socket;
  Loop& loop_;
  std::unique_ptr<Socket> socket_;
  std::shared_ptr<Door> door_;
  std::shared_ptr<ServerCore> core_;
  size_t turn_ = 0;
  bool closed_ = false;  // on the loop
};

}  // namespace haneul::server
