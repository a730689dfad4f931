// Pool: which environments there are, which are idle, and which must go: the bookkeeping of the engine,
// without any input or output. Whoever gets environments back from it as doomed stops them and reports them
// gone. Thread rule: any thread. Invariant: an environment is idle, in use, or doomed; never two of them.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "compute/environment.h"
#include "compute/memory_ledger.h"

namespace haneul::compute {

using EnvironmentPtr = std::shared_ptr<Environment>;

class Pool {
 public:
  // environments_max: alive at once, those included that were granted room; 0: no bound but memory.
  explicit Pool(MemoryLimits limits, size_t environments_max = 0)
      : ledger_(std::move(limits)), environments_max_(environments_max) {}

  struct Taken {
    EnvironmentPtr environment;  // null: none is idle
    std::vector<EnvironmentPtr> doomed;
  };
  // The idle environment of this image and kind that was used last (its caches are warm), of those used
  // lately one that lives at `home`.
  Taken take(const FunctionImage& image, Initialization kind, Timestamp now, const Executor* home);

  struct Room {
    bool granted = false;
    std::string_view lacking = "memory";  // of what there is too little, when it is not granted
    uint64_t charge_kib = 0;
    std::vector<EnvironmentPtr> doomed;  // idle ones that had to make room
  };
  Room make_room(const FunctionImage& image);
  // Room was granted with this charge; from now on it is in use. Refused once the pool is closed: whoever
  // closed it must see all.
  enum class Added { kYes, kClosed };
  Added add(const EnvironmentPtr& environment, uint64_t charge_kib);

  enum class Fate { kIdle, kDoomed };
  Fate give_back(const EnvironmentPtr& environment, Timestamp now);  // after an invocation
  void gone(const EnvironmentPtr& environment);                      // a doomed one has been stopped
  void retire(const EnvironmentPtr& environment);  // one in use: it is doomed when it is given back

  std::vector<EnvironmentPtr> take_idle_since(Timestamp limit);
  // While the machine is short of memory, some idle ones, those used longest ago.
  std::vector<EnvironmentPtr> relieve();
  // Of those kept ready, the idle ones that are not wanted any more.
  std::vector<EnvironmentPtr> take_kept(const std::function<bool(const Environment&)>& is_unwanted);
  std::vector<EnvironmentPtr> retire_function(std::string_view function_arn);
  // From now on nothing becomes idle; returns the idle ones as doomed and, in busy, those in use.
  std::vector<EnvironmentPtr> close(std::vector<EnvironmentPtr>& busy);

  struct Counts {
    size_t idle = 0;
    size_t all = 0;
    uint64_t memory_mb = 0;  // charged
  };
  Counts counts() const;

 private:
  enum class Place { kIdle, kBusy, kRetiring, kDoomed };
  struct Slot {
    Place place = Place::kBusy;
    uint64_t charge_kib = 0;
    Timestamp idle_since{};
  };
  using IdleLists = std::unordered_map<std::string, std::vector<EnvironmentPtr>>;
  void doom(const EnvironmentPtr& environment, std::vector<EnvironmentPtr>& doomed);
  IdleLists& idle_of(Initialization kind) { return kind == Initialization::kProvisioned ? kept_ : idle_; }
  void recharge(Slot& slot, uint64_t charge_kib);
  void doom_oldest(std::vector<EnvironmentPtr>& doomed);  // of idle_, which is not empty

  mutable std::mutex mutex_;
  MemoryLedger ledger_;
  const size_t environments_max_;
  bool closed_ = false;
  std::map<EnvironmentPtr, Slot> slots_;
  IdleLists idle_;  // by image key, last used at the back
  IdleLists kept_;  // those that are kept ready: neither memory nor time ends them
};

}  // namespace haneul::compute
