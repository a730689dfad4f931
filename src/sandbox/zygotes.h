// The launcher's zygotes, one for each kind that starts have asked for: begun lazily and off the request
// path, replaced when they die, ended when nobody has needed them for a while. Each keeps a few forks ready
// in cells of their own; when those run out, starts wait for the next fork, or are executed if the zygote is
// lost.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>

#include "sandbox/messages.h"
#include "sandbox/zygote_process.h"

namespace haneul::sandbox {

class Zygotes {
 public:
  // watch is told of each zygote's control socket and its id.
  using Watch = std::function<void(int fd, uint64_t id)>;
  Zygotes(CellPool& cells, CgroupFactory& cgroups, const Isolation& isolation, Watch watch);

  enum class Taken { kCell, kParked, kNothing };
  // kCell: cell has the fork to give the order to. kParked: the request has been moved in here and arrives
  // later. kNothing: execute the program.
  Taken take(Request& request, Cell& cell, SteadyTime now);

  // Starts that need not wait any longer: with the fork, or with nothing if it has to be executed.
  struct Arrival {
    Request request;
    std::optional<Cell> cell;
  };
  std::vector<Arrival> on_event(uint64_t id, SteadyTime now);
  std::vector<Arrival> look(SteadyTime now);  // who is lost, late or unused

  bool wants_work(SteadyTime now) const;
  void work(SteadyTime now);  // one piece: a zygote, or a fork for later
  bool any() const { return !kinds_.empty(); }

 private:
  struct Kind {
    Zygote zygote;
    uint64_t id = 0;
    std::unique_ptr<ZygoteProcess> process;
    Appetite appetite{2, 8};
    std::deque<Cell> ready;
    std::deque<Request> parked;
    SteadyTime last_used;
    SteadyTime start_at;  // when there is no process
    int failures = 0;     // since a fork
  };
  using Table = std::map<std::string, Kind>;
  bool wants_start(const Kind& kind, SteadyTime now) const;
  bool wants_fork(const Kind& kind) const;
  bool wants_program(const Kind& kind, SteadyTime now) const;
  size_t waiting() const;
  const Kind* quietest(const Kind& other, SteadyTime now) const;
  Taken take_waiting(Kind& kind, const EnvironmentSpec& spec, Cell& cell);
  void add_program(Kind& kind, SteadyTime now);
  void start(Kind& kind, SteadyTime now);
  void ask(Kind& kind, SteadyTime now);
  void lose(Kind& kind, SteadyTime now, std::vector<Arrival>& arrivals);
  void drop(Cell cell);
  void make_room();

  CellPool& cells_;
  CgroupFactory& cgroups_;
  Isolation isolation_;
  Watch watch_;
  Table kinds_;
  uint64_t last_id_ = 0;
};

}  // namespace haneul::sandbox
