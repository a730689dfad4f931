// MemoryEngine: the store of tests and of the simulation. Every key keeps its versions, so snapshots cost
// nothing.
//
// What survives a crash lives in a MemoryDisk that outlives the engine: a new engine on the same disk sees
// what was synced, and of what was not as long a beginning as FaultPlan::unsynced_kept says (a real disk may
// keep any). A FaultPlan stops the machine at the n-th commit or sync: from then on every call throws
// Stopped. A Db begins with a sync. Thread rule: any thread.
#pragma once

#include <map>
#include <mutex>
#include <set>

#include "store/db.h"

namespace haneul::store {

class Stopped : public Unavailable {  // the simulated crash
 public:
  using Unavailable::Unavailable;
};

struct FaultPlan {
  enum class Moment {
    kBefore,
    kAfter
  };  // after: the commit or sync took effect, the caller does not learn of it
  uint64_t stop_at_call = 0;  // the n-th commit or sync, from 1; 0: never
  Moment stop = Moment::kBefore;
  uint64_t fail_sync_at_call = 0;        // this call, when it is a sync, throws Unavailable
  std::set<uint64_t> conflict_at_calls;  // these calls, when they are commits, throw Conflict
  uint64_t full_from_call = 0;           // from this call on, commits that put throw DiskFull
  uint64_t unsynced_kept = 0;            // how many commits after the last sync a reopened disk still has
};

class MemoryDisk {
 public:
  using Versions = std::map<uint64_t, std::optional<std::string>>;

 private:
  friend class MemoryEngine;
  friend class MemoryView;
  std::mutex mutex_;
  std::map<std::pair<Shard, std::string>, Versions> keys_;
  std::vector<std::pair<Shard, std::string>> deleted_;  // keys whose last version may be dropped one day
  uint64_t seq_ = 0;
  uint64_t synced_ = 0;
  std::multiset<uint64_t> snapshots_;
};

class MemoryEngine final : public Engine {
 public:
  explicit MemoryEngine(std::shared_ptr<MemoryDisk> disk = std::make_shared<MemoryDisk>(),
                        FaultPlan plan = {});
  ~MemoryEngine() override;
  Limits limits() const override { return {}; }
  const View& now() const override { return *now_; }
  ViewPtr snapshot() override;
  uint64_t commit(const Batch& batch) override;
  ViewPtr sync() override;
  uint64_t calls() const { return calls_; }  // commits and syncs so far

 private:
  enum class Call { kCommit, kSync };
  void begin(Call call);
  void end();
  void write(Shard shard, const std::string& key, std::optional<std::string> value);
  void apply(const Mutation& mutation);
  void forget(MemoryDisk::Versions& versions) const;
  void bury();
  uint64_t oldest_needed() const;
  ViewPtr view_at(uint64_t seq);

  std::shared_ptr<MemoryDisk> disk_;
  const FaultPlan plan_;
  uint64_t calls_ = 0;
  bool stopped_ = false;
  std::unique_ptr<const View> now_;
};

// A Db for unit tests: in memory, and durable as soon as write() returns.
inline std::unique_ptr<Db> make_memory_db() {
  return std::make_unique<Db>(std::make_unique<MemoryEngine>(), Syncing::kEachCommit);
}

}  // namespace haneul::store
