#include <thread>

#include <gtest/gtest.h>

#include "base/random.h"
#include "store/db.h"
#include "store/testing/engines.h"

namespace haneul::store {
namespace {

constexpr Shard kAccounts = 8;
constexpr int kThreads = 4;
constexpr int kRounds = 150;

Key account(Shard shard) { return KeyWriter(Scope{shard}).text("balance").key(); }

int balance(Reader& reader, Shard shard) { return std::stoi(reader.get(account(shard)).value_or("0")); }

int total(Reader& reader) {
  int sum = 0;
  for (Shard shard = 0; shard < kAccounts; ++shard) sum += balance(reader, shard);
  return sum;
}

class Concurrency : public testing::TestWithParam<EngineKind> {
 protected:
  std::unique_ptr<TestStore> store_ = GetParam().make();
  Db db_{store_->open(), Syncing::kGroup};

  static void in_threads(const std::function<void(int)>& work) {
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) threads.emplace_back([&work, i] { work(i); });
    for (std::thread& thread : threads) thread.join();
  }
};

// Lost updates are the first thing that goes wrong without serialisability.
TEST_P(Concurrency, increments_are_not_lost) {
  in_threads([&](int thread) {
    CommitTracker tracker;
    for (int i = 0; i < kRounds; ++i) {
      // The scope is often not the counter's own shard: then only the check at commit protects it.
      db_.write(Scope{static_cast<Shard>((thread + i) % 3)},
                [&](Tx& tx) { tx.put(account(1), std::to_string(balance(tx, 1) + 1)); });
    }
    db_.wait_durable_blocking(tracker.seq());
  });
  EXPECT_EQ(db_.read([](ReadTx& tx) { return balance(tx, 1); }), kThreads * kRounds);
}

// Money moves between shards in both directions at once: no deadlock, none lost, and no reader ever sees a
// part of a move, neither in the durable view nor inside a transaction that will have to run again.
TEST_P(Concurrency, transfers_keep_the_sum) {
  constexpr int kSum = kAccounts * 100;
  CommitTracker tracker;
  db_.write(Scope{0}, [&](Tx& tx) {
    for (Shard shard = 0; shard < kAccounts; ++shard) tx.put(account(shard), "100");
  });
  db_.wait_durable_blocking(tracker.seq());
  std::atomic<int> wrong{0};
  in_threads([&](int thread) {
    SeededRandom random(static_cast<uint64_t>(thread));
    for (int i = 0; i < kRounds; ++i) {
      const auto from = static_cast<Shard>(random.below(kAccounts));
      const auto to = static_cast<Shard>(random.below(kAccounts));
      const auto scope = static_cast<Shard>(random.below(kAccounts));
      db_.write(Scope{scope}, [&](Tx& tx) {
        if (i % 8 == 0) wrong += total(tx) != kSum;
        tx.put(account(from), std::to_string(balance(tx, from) - 1));
        tx.put(account(to), std::to_string(balance(tx, to) + 1));
      });
      if (i % 8 == 1) wrong += db_.read([](ReadTx& tx) { return total(tx); }) != kSum;
      if (i % 8 == 2) db_.wait_durable_blocking(db_.last_ordered());
    }
  });
  EXPECT_EQ(wrong, 0);
  db_.sync_now();
  EXPECT_EQ(db_.read([](ReadTx& tx) { return total(tx); }), kSum);
}

// An acknowledgement is only worth something when the very next read of anyone sees what was acknowledged.
TEST_P(Concurrency, what_was_waited_for_is_readable) {
  std::atomic<int> missing{0};
  in_threads([&](int thread) {
    const auto own = static_cast<Shard>(thread);
    for (int i = 0; i < kRounds / 3; ++i) {
      CommitTracker tracker;
      db_.write(Scope{own}, [&](Tx& tx) { tx.put(account(own), std::to_string(i)); });
      db_.wait_durable_blocking(tracker.seq());
      missing += db_.read([&](ReadTx& tx) { return balance(tx, own); }) != i;
    }
  });
  EXPECT_EQ(missing, 0);
}

// RocksDB's writers pass batches to each other in ways that the thread sanitizer cannot see.
std::vector<EngineKind> kinds() {
#if __has_feature(thread_sanitizer)
  return {kMemoryKind};
#else
  return {kMemoryKind, kRocksKind};
#endif
}

INSTANTIATE_TEST_SUITE_P(Engines, Concurrency, testing::ValuesIn(kinds()),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace haneul::store
