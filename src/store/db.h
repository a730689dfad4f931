// Db: transactions over an Engine, the store as services see it.
//
//   db.read([&](store::ReadTx& tx) { return tx.get(key); });     // newest durable snapshot, never waits
//   db.write(scope, [&](store::Tx& tx) { tx.put(key, value); });  // serialisable, ordered on return
//   co_await db.wait_durable(seq);                                // the pipeline, see CommitTracker
//
// write() holds the lock of the scope's shard for the whole body, so bodies of one scope run one after the
// other and never conflict. Other shards may be read and written as well: their reads are of one moment,
// checked at commit; when one moved, the body runs again with the locks of everything it touched. So a body
// may run more than once and touches nothing but its transaction (fix ids, times and random numbers before).
// What a body throws ends the transaction without a trace and comes out of write(). A body must not call
// write(); it ends the process. Thread rule: any thread. Views and transactions must end before the Db does.
#pragma once

#include <array>
#include <atomic>
#include <mutex>
#include <type_traits>

#include "base/task/task.h"
#include "store/commit_tracker.h"
#include "store/errors.h"
#include "store/tx.h"

namespace haneul::store {

class Durability;

enum class Syncing {
  kGroup,       // a thread syncs for everyone who waits, and soon after a write when nobody does
  kEachCommit,  // durable when write() returns: tests that look with read() right away
  kManual,      // only sync_now(): tests of what a crash takes back
};

class Db {
 public:
  explicit Db(std::unique_ptr<Engine> engine, Syncing syncing = Syncing::kGroup);
  ~Db();  // syncs what is ordered; those who still wait get Unavailable
  Db(const Db&) = delete;
  Db& operator=(const Db&) = delete;

  template <class F>
  auto read(F&& body) -> std::invoke_result_t<F&, ReadTx&> {
    ReadTx tx(durable_view());
    return body(tx);
  }

  template <class F>
  auto write(Scope scope, F&& body) -> std::invoke_result_t<F&, Tx&> {
    using R = std::invoke_result_t<F&, Tx&>;
    if constexpr (std::is_void_v<R>) {
      run_write(scope, std::ref(body));
    } else {
      std::optional<R> result;
      run_write(scope, [&](Tx& tx) {
        result.reset();
        result.emplace(body(tx));
      });
      return std::move(*result);
    }
  }

  uint64_t last_ordered() const;
  uint64_t durable() const;
  Task<void> wait_durable(uint64_t seq);     // throws Unavailable when the log cannot be synced
  void wait_durable_blocking(uint64_t seq);  // for threads of their own and tests; never on an event loop
  void sync_now();                           // syncs on the calling thread; throws Unavailable
  Limits limits() const { return limits_; }

 private:
  friend class WriteRun;
  struct ShardState {
    std::mutex mutex;
    std::atomic<uint64_t> seq{
        0};  // of the newest commit that wrote to it since the start; moves under the mutex
  };

  ViewPtr durable_view() const;
  void run_write(Scope scope, const std::function<void(Tx&)>& body);

  std::unique_ptr<Engine> engine_;
  const Limits limits_;
  const Syncing syncing_;
  std::unique_ptr<std::array<ShardState, kShards>> shards_;
  std::unique_ptr<Durability> durability_;
};

}  // namespace haneul::store
