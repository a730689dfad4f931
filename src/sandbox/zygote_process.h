// One zygote as the launcher keeps it: a program that has loaded a runtime and forks process 1 of
// environments, which becomes the launcher's own child. It lives in a root of its own without network, has no
// more than the three capabilities that entering an environment takes, and never sees a tenant's code,
// mounts, variables or credentials: those reach the fork, through a socket that the zygote does not hold.
#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "sandbox/cell.h"
#include "sandbox/spec.h"

namespace haneul::sandbox {

class ZygoteProcess {
 public:
  // Starts it; it is ready later.
  ZygoteProcess(const Zygote& zygote, const Isolation& isolation, std::unique_ptr<Cgroup> group);
  ~ZygoteProcess();

  int control() const { return process_.status.get(); }
  bool ready() const { return ready_; }
  bool lost() const { return lost_; }   // it ended, or does not answer
  void ask(Cell cell, SteadyTime now);  // for a process in this cell, which has none
  size_t asked() const { return asked_.size(); }
  // Takes in what it has said: cells that have their process now. Cells that came to nothing go to failed.
  std::vector<Cell> read(std::vector<Cell>& failed);
  void look_at_time(SteadyTime now);
  std::vector<Cell> give_up();  // cells asked for that never got a process

 private:
  struct Asked {
    Cell cell;
    Fd status;
    SteadyTime since;
  };
  WaitingProcess process_;
  std::unique_ptr<Cgroup> group_;
  std::deque<Asked> asked_;
  bool ready_ = false;
  bool lost_ = false;
};

}  // namespace haneul::sandbox
