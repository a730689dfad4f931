// A helper process of the launcher that makes network and user namespaces ahead of time. Making a user
// namespace takes several turns between processes; a launcher that did it itself would keep starts waiting
// that come meanwhile. It holds no environment and knows of none.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "sandbox/cell.h"

namespace haneul::sandbox {

// Both without a process in them; the user namespace maps to the host id.
struct Namespaces {
  uint32_t host_id = 0;
  Fd network;
  Fd user;
};
Namespaces make_namespaces(uint32_t host_id);

class NamespaceMaker {
 public:
  NamespaceMaker();
  int socket() const { return process_.status.get(); }
  bool lost() const { return lost_; }  // it ended, or could not make one: what it was asked for never comes
  void ask(uint32_t host_id);
  const std::deque<uint32_t>& asked() const { return asked_; }
  std::optional<Namespaces> read();

 private:
  WaitingProcess process_;
  std::deque<uint32_t> asked_;
  bool lost_ = false;
};

}  // namespace haneul::sandbox
