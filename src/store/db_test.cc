#include "store/db.h"

#include <future>

#include <gtest/gtest.h>

#include "base/task/loops.h"
#include "store/memory/memory_engine.h"

namespace haneul::store {
namespace {

Key key_of(Shard shard, std::string_view name) { return KeyWriter(Scope{shard}).text(name).key(); }

std::string value_of(Db& db, const Key& key) {
  return db.read([&](ReadTx& tx) { return tx.get(key).value_or("absent"); });
}

struct ManualDb {
  explicit ManualDb(FaultPlan plan = {}, std::shared_ptr<MemoryDisk> on = std::make_shared<MemoryDisk>())
      : disk(on), db(std::make_unique<MemoryEngine>(on, std::move(plan)), Syncing::kManual) {}
  std::shared_ptr<MemoryDisk> disk;
  Db db;
};

// Readers must never see what a crash could take back, and writers must see the newest state.
TEST(Db, reads_are_durable_and_writes_are_newest) {
  ManualDb manual;
  Db& db = manual.db;
  const Key key = key_of(3, "a");
  db.write(Scope{3}, [&](Tx& tx) { tx.put(key, "1"); });
  EXPECT_EQ(value_of(db, key), "absent");
  const std::string seen = db.write(Scope{3}, [&](Tx& tx) { return tx.get(key).value_or("absent"); });
  EXPECT_EQ(seen, "1");
  EXPECT_LT(db.durable(), db.last_ordered());
  db.sync_now();
  EXPECT_EQ(value_of(db, key), "1");
  EXPECT_EQ(db.durable(), db.last_ordered());
}

// The pipeline waits for exactly this sequence; too small a one would let an answer out before its data is
// kept.
TEST(CommitTracker, knows_what_the_thread_depends_on) {
  ManualDb manual;
  Db& db = manual.db;
  CommitTracker outer;
  {
    CommitTracker tracker;
    db.write(Scope{1}, [&](Tx& tx) { tx.put(key_of(1, "a"), "1"); });
    EXPECT_EQ(tracker.seq(), db.last_ordered());
  }
  EXPECT_EQ(outer.seq(), db.last_ordered());
  const uint64_t first = db.last_ordered();
  db.write(Scope{2}, [&](Tx& tx) { tx.put(key_of(2, "b"), "1"); });
  {
    // Only read: it depends on what it may have seen, not on everything.
    CommitTracker tracker;
    db.write(Scope{1}, [&](Tx& tx) { return tx.get(key_of(1, "a")); });
    EXPECT_EQ(tracker.seq(), first);
  }
  {
    // A refusal tells about undurable state as much as an answer does.
    CommitTracker tracker;
    const auto body = [&](Tx& tx) {
      if (tx.contains(key_of(2, "b"))) throw std::runtime_error("exists");
    };
    EXPECT_THROW(db.write(Scope{1}, body), std::runtime_error);
    EXPECT_EQ(tracker.seq(), db.last_ordered());
  }
  {
    CommitTracker tracker;
    value_of(db, key_of(1, "a"));
    EXPECT_EQ(tracker.seq(), 0u);
  }
}

// A body that throws must leave no trace, or half an operation would be kept.
TEST(Db, a_throwing_body_writes_nothing) {
  const auto db = make_memory_db();
  int committed = 0;
  const auto body = [&](Tx& tx) {
    tx.put(key_of(1, "a"), "1");
    tx.on_commit([&] { ++committed; });
    throw std::runtime_error("no");
  };
  EXPECT_THROW(db->write(Scope{1}, body), std::runtime_error);
  EXPECT_EQ(value_of(*db, key_of(1, "a")), "absent");
  EXPECT_EQ(committed, 0);
}

// Who counts what transactions have done counts those that only read, too.
TEST(Db, a_commit_of_nothing_is_told) {
  const auto db = make_memory_db();
  int committed = 0;
  db->write(Scope{1}, [&](Tx& tx) {
    tx.get(key_of(1, "a"));
    tx.on_commit([&] { ++committed; });
  });
  EXPECT_EQ(committed, 1);
}

// Callbacks wake others: run twice or before the commit they would wake them for nothing.
TEST(Db, callbacks_run_once_after_order_and_after_sync) {
  ManualDb manual(FaultPlan{.conflict_at_calls = {2, 3}});
  Db& db = manual.db;
  std::vector<std::string> events;
  int bodies = 0;
  db.write(Scope{1}, [&](Tx& tx) {
    ++bodies;
    tx.put(key_of(1, "a"), "1");
    tx.on_durable([&] { events.push_back("durable"); });
    tx.on_commit([&] {
      events.push_back("ordered");
      // The lock is free again: whoever is woken may write at once.
      db.write(Scope{1}, [&](Tx& inner) { inner.put(key_of(1, "b"), "2"); });
    });
  });
  EXPECT_EQ(bodies, 3);
  EXPECT_EQ(events, std::vector<std::string>{"ordered"});
  db.sync_now();
  EXPECT_EQ(events, (std::vector<std::string>{"ordered", "durable"}));
}

// A transaction that reads another shard must run again when that shard moved under it.
TEST(Db, a_moved_foreign_shard_makes_the_body_run_again) {
  const auto db = make_memory_db();
  const Key own = key_of(1, "sum");
  const Key foreign = key_of(2, "part");
  int bodies = 0;
  db->write(Scope{1}, [&](Tx& tx) {
    const std::string part = tx.get(foreign).value_or("0");
    if (++bodies == 1) {
      std::thread([&] { db->write(Scope{2}, [&](Tx& other) { other.put(foreign, "7"); }); }).join();
      EXPECT_EQ(tx.get(foreign).value_or("0"), part) << "all reads of one moment";
    }
    tx.put(own, part);
  });
  EXPECT_EQ(bodies, 2);
  EXPECT_EQ(value_of(*db, own), "7");
}

// Reading and writing inside one transaction must agree, in both directions and with limits.
TEST(Tx, scans_see_own_writes) {
  const auto db = make_memory_db();
  const auto name = [](int i) { return KeyWriter(Scope{1}).u64(static_cast<uint64_t>(i)).key(); };
  db->write(Scope{1}, [&](Tx& tx) {
    for (int i = 0; i < 10; ++i) tx.put(name(i), std::to_string(i));
  });
  const auto joined = [&](Tx& tx, const ScanOptions& options) {
    std::string all;
    for (const Entry& entry : tx.scan(1, prefix_range(""), options)) all += entry.value + " ";
    return all;
  };
  db->write(Scope{1}, [&](Tx& tx) {
    tx.put(name(4), "four");
    tx.del_range(1, {name(2).bytes, name(7).bytes});
    tx.put(name(3), "three");
    tx.del(name(8));
    tx.put(name(11), "eleven");
    EXPECT_EQ(joined(tx, {}), "0 1 three 7 9 eleven ");
    EXPECT_EQ(joined(tx, {.direction = Direction::kReverse}), "eleven 9 7 three 1 0 ");
    EXPECT_EQ(joined(tx, {.limit = 3}), "0 1 three ");
    EXPECT_EQ(joined(tx, {.limit = 2, .direction = Direction::kReverse}), "eleven 9 ");
    EXPECT_EQ(tx.get(name(4)), std::nullopt);
    EXPECT_EQ(tx.counts().writes, 5u);
  });
  db->read([&](ReadTx& tx) { EXPECT_EQ(tx.scan(1, prefix_range("")).size(), 6u); });
}

// Limits are those of every engine we plan for; one that is only noticed on the next engine is noticed too
// late.
TEST(Tx, refuses_what_is_too_large) {
  const auto db = make_memory_db();
  const Limits limits = db->limits();
  const auto put = [&](size_t key_bytes, size_t value_bytes) {
    db->write(Scope{1},
              [&](Tx& tx) { tx.put({1, std::string(key_bytes, 'k')}, std::string(value_bytes, 'v')); });
  };
  put(limits.key_bytes_max, limits.value_bytes_max);
  EXPECT_THROW(put(limits.key_bytes_max + 1, 1), TooLarge);
  EXPECT_THROW(put(1, limits.value_bytes_max + 1), TooLarge);
}

// After a failed sync nothing may be acknowledged any more: the kernel has dropped the pages and says so only
// once.
TEST(Db, a_failed_sync_is_final) {
  ManualDb manual(FaultPlan{.fail_sync_at_call = 3});
  Db& db = manual.db;
  db.write(Scope{1}, [&](Tx& tx) { tx.put(key_of(1, "a"), "1"); });
  EXPECT_THROW(db.sync_now(), Unavailable);
  EXPECT_THROW(db.wait_durable_blocking(db.last_ordered()), Unavailable);
  EXPECT_THROW(db.write(Scope{1}, [&](Tx& tx) { tx.put(key_of(1, "b"), "1"); }), Unavailable);
  EXPECT_EQ(value_of(db, key_of(1, "a")), "absent");
}

// A full disk refuses puts with its own error while deletes, which make room, go on.
TEST(Db, a_full_disk_still_deletes) {
  ManualDb manual(FaultPlan{.full_from_call = 3});
  Db& db = manual.db;
  db.write(Scope{1}, [&](Tx& tx) { tx.put(key_of(1, "a"), "1"); });
  EXPECT_THROW(db.write(Scope{1}, [&](Tx& tx) { tx.put(key_of(1, "b"), "1"); }), DiskFull);
  db.write(Scope{1}, [&](Tx& tx) { tx.del(key_of(1, "a")); });
  db.sync_now();
  EXPECT_EQ(value_of(db, key_of(1, "a")), "absent");
}

Task<void> await_durable(Db& db, uint64_t seq, std::promise<std::string>& outcome) {
  try {
    co_await db.wait_durable(seq);
    outcome.set_value("durable");
  } catch (const Unavailable& error) {
    outcome.set_value(error.what());
  }
}

// The pipeline awaits durability on an event loop; the flusher must wake it there, and a failure must reach
// it.
TEST(Db, coroutines_wait_for_the_flusher) {
  Loop loop;
  loop.start();
  const auto outcome_of_first_write = [&](FaultPlan plan) {
    Db db(std::make_unique<MemoryEngine>(std::make_shared<MemoryDisk>(), std::move(plan)), Syncing::kGroup);
    CommitTracker tracker;
    db.write(Scope{1}, [&](Tx& tx) { tx.put(key_of(1, "a"), "1"); });
    std::promise<std::string> outcome;
    spawn(loop, "await_durable", await_durable(db, tracker.seq(), outcome));
    return outcome.get_future().get();
  };
  EXPECT_EQ(outcome_of_first_write({}), "durable");
  EXPECT_EQ(outcome_of_first_write({.fail_sync_at_call = 3}), "the disk refuses to sync");
}

}  // namespace
}  // namespace haneul::store
