#include "store/db.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/task/completion.h"
#include "store/durability.h"

namespace haneul::store {

namespace {
thread_local bool inside_write = false;
}

// One call of write(): tries the body until its reads hold at the moment of its commit. Every retry begins
// with the locks of all shards the earlier tries touched, so a retry can only fail on a shard it meets for
// the first time: it ends.
class WriteRun {
 public:
  WriteRun(Db& db, Scope scope) : db_(db), wanted_{scope.shard} {
    HANEUL_CHECK(!inside_write, "a transaction body must not begin another");
    inside_write = true;
  }
  ~WriteRun() {
    release();
    inside_write = false;
  }

  void run(const std::function<void(Tx&)>& body) {
    try {
      while (!try_once(body)) release();
    } catch (...) {
      // The answer made of this depends on what the body saw.
      CommitTracker::note(seen_);
      throw;
    }
  }

  void after_commit() {
    release();
    inside_write = false;
    CommitTracker::note(seq_ == 0 ? seen_ : seq_);
    if (seq_ == 0) return run_on_commit();
    db_.durability_->note_ordered();
    for (auto& work : on_durable_) {
      db_.durability_->when_durable(seq_, [work = std::move(work)](Durability::Outcome outcome) mutable {
        if (outcome == Durability::Outcome::kDurable) work();
      });
    }
    run_on_commit();
  }

 private:
  void run_on_commit() {
    for (auto& work : on_commit_) work();
  }
  Db::ShardState& state(Shard shard) { return (*db_.shards_)[shard]; }

  void lock(Shard shard) {
    state(shard).mutex.lock();
    held_.insert(shard);
  }

  void release() {
    for (const Shard shard : held_) state(shard).mutex.unlock();
    held_.clear();
  }

  // Waiting for a lower shard while holding a higher one could close a circle, so there a taken lock means
  // "again".
  bool lock_more(const std::set<Shard>& shards) {
    for (const Shard shard : shards) {
      if (held_.contains(shard)) continue;
      if (shard > *held_.rbegin()) {
        lock(shard);
      } else if (state(shard).mutex.try_lock()) {
        held_.insert(shard);
      } else {
        return false;
      }
    }
    return true;
  }

  // A commit of a shard that is not locked may be visible before its sequence is noted there, so for those
  // the moment of the snapshot counts.
  void note_seen(const Tx& tx) {
    if (tx.foreign_) seen_ = std::max(seen_, tx.foreign_->seq());
    for (const Shard shard : tx.read_) {
      if (locked_for_body_.contains(shard)) seen_ = std::max(seen_, state(shard).seq.load());
    }
  }

  bool reads_still_hold(const Tx& tx) {
    return std::ranges::all_of(tx.read_, [&](Shard shard) {
      return locked_for_body_.contains(shard) || state(shard).seq.load() <= tx.foreign_->seq();
    });
  }

  bool try_once(const std::function<void(Tx&)>& body) {
    for (const Shard shard : wanted_) lock(shard);
    db_.durability_->require_healthy();
    locked_for_body_ = held_;
    Tx tx(*db_.engine_, locked_for_body_);
    try {
      body(tx);
    } catch (...) {
      note_seen(tx);  // all of one moment, so its complaint stands
      throw;
    }
    note_seen(tx);
    if (!tx.writes_.empty() && !commit(tx)) return false;
    on_commit_ = std::move(tx.on_commit_);
    on_durable_ = std::move(tx.on_durable_);
    return true;
  }

  bool commit(Tx& tx) {
    std::set<Shard> touched = tx.read_;
    for (const auto& [shard, writes] : tx.writes_) touched.insert(shard);
    wanted_.insert(touched.begin(), touched.end());
    if (!lock_more(touched) || !reads_still_hold(tx)) return false;
    try {
      seq_ = db_.engine_->commit(tx.batch());
    } catch (const Conflict&) {
      return false;
    } catch (const Unavailable& error) {
      // It may have been applied: nothing that follows may be acknowledged on top of it.
      db_.durability_->fail(error.what());
      throw;
    }
    for (const auto& [shard, writes] : tx.writes_) state(shard).seq.store(seq_, std::memory_order_release);
    return true;
  }

  Db& db_;
  std::set<Shard> wanted_;           // to lock before the body runs
  std::set<Shard> held_;             // locked now
  std::set<Shard> locked_for_body_;  // locked since before the body ran
  uint64_t seq_ = 0;                 // of the commit; 0 when nothing was written
  uint64_t seen_ = 0;                // the newest commit the body can have seen
  std::vector<std::move_only_function<void()>> on_commit_;
  std::vector<std::move_only_function<void()>> on_durable_;
};

Db::Db(std::unique_ptr<Engine> engine, Syncing syncing)
    : engine_(std::move(engine)),
      limits_(engine_->limits()),
      syncing_(syncing),
      shards_(std::make_unique<std::array<ShardState, kShards>>()),
      durability_(std::make_unique<Durability>(*engine_, syncing)) {}

Db::~Db() = default;

void Db::run_write(Scope scope, const std::function<void(Tx&)>& body) {
  WriteRun run(*this, scope);
  run.run(body);
  run.after_commit();
}

uint64_t Db::last_ordered() const { return engine_->now().seq(); }
uint64_t Db::durable() const { return durability_->durable(); }
ViewPtr Db::durable_view() const { return durability_->view(); }
void Db::sync_now() { durability_->sync_now(); }
void Db::wait_durable_blocking(uint64_t seq) { durability_->wait_blocking(seq); }

Task<void> Db::wait_durable(uint64_t seq) {
  if (seq <= durable()) co_return;
  if (syncing_ == Syncing::kManual) {
    sync_now();
    co_return;
  }
  const Completion<Durability::Outcome> done;
  durability_->when_durable(seq, [done](Durability::Outcome outcome) { done.set(outcome); });
  // The flusher decides every wait, at the latest when the store closes.
  const auto outcome = co_await done.wait_forever();
  if (outcome == Durability::Outcome::kLost) throw Unavailable(durability_->failure());
}

}  // namespace haneul::store
