#include "sandbox/zygotes.h"

#include <algorithm>

#include <poll.h>

#include "base/log.h"
#include "sandbox/running.h"

namespace haneul::sandbox {
namespace {

constexpr size_t kKindsMax = 16;
constexpr std::chrono::minutes kUnused{3};
// The start that asked for the first time has the processors for itself.
constexpr std::chrono::milliseconds kAfterFirst{60};
constexpr std::chrono::seconds kAfterFailure{5};
constexpr int kFailuresMax = 5;
// Waiting programs share little with each other, and starting one takes a processor for a while.
constexpr size_t kWaitingMax = 6;
constexpr size_t kAllWaitingMax = 8;
constexpr std::chrono::seconds kQuietEnough{1};
constexpr std::chrono::milliseconds kBetweenPrograms{10};
constexpr std::chrono::milliseconds kLoading{150};  // a younger one may not have loaded its runtime

// Somebody may have killed it while it waited; a start must not fail for that.
bool has_ended(const Cell& cell) {
  pollfd ended{cell.process.pidfd.get(), POLLIN, 0};
  return poll(&ended, 1, 0) == 1;
}

}  // namespace

Zygotes::Zygotes(CellPool& cells, CgroupFactory& cgroups, const Isolation& isolation, Watch watch)
    : cells_(cells), cgroups_(cgroups), isolation_(isolation), watch_(std::move(watch)) {}

Zygotes::Taken Zygotes::take(Request& request, Cell& cell, SteadyTime now) {
  std::string key = key_of(*request.spec.zygote);
  auto at = kinds_.find(key);
  if (at == kinds_.end()) {
    make_room();
    at = kinds_.try_emplace(std::move(key)).first;
    at->second.zygote = *request.spec.zygote;
    if (at->second.zygote.way == Zygote::Way::kWaiting) at->second.appetite = Appetite(1, kWaitingMax);
    at->second.start_at = now + kAfterFirst;
  }
  Kind& kind = at->second;
  kind.last_used = now;
  kind.appetite.was_used(now);
  if (kind.zygote.way == Zygote::Way::kWaiting) return take_waiting(kind, request.spec, cell);
  if (!kind.process || !kind.process->ready() || kind.process->lost()) return Taken::kNothing;
  while (!kind.ready.empty()) {
    Cell first = std::move(kind.ready.front());
    kind.ready.pop_front();
    if (!has_ended(first)) {
      cell = std::move(first);
      return Taken::kCell;
    }
    drop(std::move(first));
  }
  kind.appetite.ran_out();
  kind.parked.push_back(std::move(request));
  if (kind.process->asked() < kind.parked.size()) ask(kind, now);
  return Taken::kParked;
}

// Starting a program takes too long to wait for one that waits.
Zygotes::Taken Zygotes::take_waiting(Kind& kind, const EnvironmentSpec& spec, Cell& cell) {
  const bool loaded = !kind.ready.empty() && kind.last_used - kind.ready.front().waits_since > kLoading;
  if (!loaded) kind.appetite.ran_out();
  while (!kind.ready.empty()) {
    Cell first = std::move(kind.ready.front());
    kind.ready.pop_front();
    if (can_become(first, spec)) {
      cell = std::move(first);
      return Taken::kCell;
    }
    drop(std::move(first));
  }
  return Taken::kNothing;
}

std::vector<Zygotes::Arrival> Zygotes::on_event(uint64_t id, SteadyTime now) {
  std::vector<Arrival> arrivals;
  for (auto& [key, kind] : kinds_) {
    if (kind.id != id || !kind.process) continue;
    std::vector<Cell> failed;
    for (Cell& cell : kind.process->read(failed)) {
      kind.failures = 0;
      if (kind.parked.empty()) {
        kind.ready.push_back(std::move(cell));
        continue;
      }
      arrivals.push_back({std::move(kind.parked.front()), std::move(cell)});
      kind.parked.pop_front();
    }
    for (Cell& cell : failed) drop(std::move(cell));
    if (kind.process->lost() || !failed.empty()) lose(kind, now, arrivals);
    break;
  }
  return arrivals;
}

// Whoever waits is executed instead, forks that are ready stay good, and the next zygote is not tried at
// once.
void Zygotes::lose(Kind& kind, SteadyTime now, std::vector<Arrival>& arrivals) {
  log_warning("a zygote has ended", {{"program", kind.zygote.argv.front()}});
  std::vector<Cell> unmade = kind.process->give_up();
  kind.process.reset();
  kind.id = 0;
  for (Cell& cell : unmade) drop(std::move(cell));
  for (Request& request : kind.parked) arrivals.push_back({std::move(request), std::nullopt});
  kind.parked.clear();
  ++kind.failures;
  kind.start_at = now + (kind.failures == 1 ? kAfterFirst : kAfterFailure * kind.failures);
}

std::vector<Zygotes::Arrival> Zygotes::look(SteadyTime now) {
  std::vector<Arrival> arrivals;
  for (auto at = kinds_.begin(); at != kinds_.end();) {
    Kind& kind = at->second;
    if (kind.process) {
      kind.process->look_at_time(now);
      if (kind.process->lost()) lose(kind, now, arrivals);
    }
    kind.appetite.digest(now);
    const bool unused = now - kind.last_used > kUnused;
    while (!kind.ready.empty() && (unused || kind.ready.size() > kind.appetite.wanted())) {
      drop(std::move(kind.ready.back()));
      kind.ready.pop_back();
    }
    const bool idle = !kind.process || kind.process->asked() == 0;
    at = unused && idle && kind.parked.empty() ? kinds_.erase(at) : std::next(at);
  }
  return arrivals;
}

// The one that was not used for longest goes; what waits for a fork is never turned away.
void Zygotes::make_room() {
  if (kinds_.size() < kKindsMax) return;
  auto oldest = kinds_.end();
  for (auto at = kinds_.begin(); at != kinds_.end(); ++at) {
    if (!at->second.parked.empty()) continue;
    if (oldest == kinds_.end() || at->second.last_used < oldest->second.last_used) oldest = at;
  }
  if (oldest == kinds_.end()) return;
  for (Cell& cell : oldest->second.ready) drop(std::move(cell));
  if (oldest->second.process) {
    for (Cell& cell : oldest->second.process->give_up()) drop(std::move(cell));
  }
  kinds_.erase(oldest);
}

bool Zygotes::wants_start(const Kind& kind, SteadyTime now) const {
  return kind.zygote.way == Zygote::Way::kForked && !kind.process && kind.failures < kFailuresMax &&
         now >= kind.start_at;
}

bool Zygotes::wants_program(const Kind& kind, SteadyTime now) const {
  if (kind.zygote.way != Zygote::Way::kWaiting || kind.failures >= kFailuresMax || now < kind.start_at ||
      !cells_.has_bare())
    return false;
  return kind.ready.size() < kind.appetite.wanted() && (waiting() < kAllWaitingMax || quietest(kind, now));
}

size_t Zygotes::waiting() const {
  size_t count = 0;
  for (const auto& [key, each] : kinds_) {
    if (each.zygote.way == Zygote::Way::kWaiting) count += each.ready.size();
  }
  return count;
}

// A kind with waiting programs that nobody has asked for since another was: it gives one up for the other.
const Zygotes::Kind* Zygotes::quietest(const Kind& other, SteadyTime now) const {
  const Kind* found = nullptr;
  for (const auto& [key, each] : kinds_) {
    if (each.zygote.way != Zygote::Way::kWaiting || each.ready.empty() || &each == &other) continue;
    if (now - each.last_used < kQuietEnough || each.last_used > other.last_used) continue;
    if (found == nullptr || each.last_used < found->last_used) found = &each;
  }
  return found;
}

bool Zygotes::wants_fork(const Kind& kind) const {
  return cells_.has_bare() && kind.failures < kFailuresMax && kind.process && kind.process->ready() &&
         !kind.process->lost() && kind.process->asked() == 0 && kind.ready.size() < kind.appetite.wanted();
}

bool Zygotes::wants_work(SteadyTime now) const {
  return std::any_of(kinds_.begin(), kinds_.end(), [&](const auto& entry) {
    return wants_start(entry.second, now) || wants_fork(entry.second) || wants_program(entry.second, now);
  });
}

// What fails for one kind (a directory of its mounts is gone, for example) is no reason not to try the
// others.
void Zygotes::work(SteadyTime now) {
  for (auto& [key, kind] : kinds_) {
    const bool starts = wants_start(kind, now);
    const bool forks = wants_fork(kind);
    if (!starts && !forks && !wants_program(kind, now)) continue;
    try {
      if (starts) return start(kind, now);
      if (forks) return ask(kind, now);
      return add_program(kind, now);
    } catch (const SandboxError& error) {
      log_warning("nothing can be prepared ahead of starts",
                  {{"program", kind.zygote.argv.front()}, {"reason", error.what()}});
      ++kind.failures;
      kind.start_at = now + kAfterFailure * kind.failures;
      return;
    }
  }
}

void Zygotes::add_program(Kind& kind, SteadyTime now) {
  if (waiting() >= kAllWaitingMax) {
    const Kind* quiet = quietest(kind, now);
    for (auto& [key, each] : kinds_) {
      if (&each != quiet) continue;
      drop(std::move(each.ready.back()));
      each.ready.pop_back();
      each.appetite = Appetite(0, kWaitingMax);  // until it is asked for again
    }
  }
  Cell cell = cells_.make();
  start_waiting(kind.zygote, cell);
  cell.waits_since = now;
  kind.ready.push_back(std::move(cell));
  kind.start_at = now + kBetweenPrograms;
}

void Zygotes::start(Kind& kind, SteadyTime now) {
  kind.start_at = now + kAfterFailure;
  kind.id = ++last_id_;
  kind.process = std::make_unique<ZygoteProcess>(kind.zygote, isolation_, cgroups_.make());
  watch_(kind.process->control(), kind.id);
}

void Zygotes::ask(Kind& kind, SteadyTime now) { kind.process->ask(cells_.make_bare(), now); }

void Zygotes::drop(Cell cell) { cells_.release_id(cell.host_id); }

}  // namespace haneul::sandbox
