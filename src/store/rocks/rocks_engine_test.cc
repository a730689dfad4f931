#include "store/rocks/rocks_engine.h"

#include <fstream>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/db.h"
#include "store/testing/temp_directory.h"

namespace haneul::store {
namespace {

struct RocksDb {
  explicit RocksDb(const std::filesystem::path& path, const SpacePolicy& policy = {.ballast_bytes = 0})
      : space(path, policy) {
    std::filesystem::create_directories(path / "db");
    db = std::make_unique<Db>(open_rocks_engine(path / "db", space));
  }
  SpaceGuard space;
  std::unique_ptr<Db> db;
};

Key numbered(Shard shard, uint64_t number) { return KeyWriter(Scope{shard}).u64(number).key(); }

uint64_t count_rows(Db& db, Shard shard) {
  return db.read(
      [&](ReadTx& tx) { return tx.scan(shard, prefix_range(""), {.values = Values::kSkip}).size(); });
}

// What was acknowledged must be there after the process was killed at any moment, each transaction whole or
// not at all.
TEST(RocksEngine, keeps_what_was_durable_when_killed) {
#if __has_feature(thread_sanitizer)
  GTEST_SKIP() << "the thread sanitizer does not let a forked child start threads";
#endif
  const TempDirectory directory;
  int pipe_fds[2];
  ASSERT_EQ(pipe(pipe_fds), 0);
  const pid_t child = fork();
  if (child == 0) {
    RocksDb store(directory.path());
    for (uint64_t i = 0;; ++i) {
      CommitTracker tracker;
      store.db->write(Scope{1}, [&](Tx& tx) {
        tx.put(numbered(1, i), std::string(100, 'a'));
        tx.put(numbered(4095, i), std::string(100, 'b'));
      });
      if (i % 3 == 0) {
        store.db->wait_durable_blocking(tracker.seq());
        if (write(pipe_fds[1], &i, sizeof i) != sizeof i) _exit(1);
      }
      if (i == 500) kill(getpid(), SIGKILL);
    }
  }
  close(pipe_fds[1]);
  uint64_t acknowledged = 0;
  uint64_t heard = 0;
  while (read(pipe_fds[0], &heard, sizeof heard) == sizeof heard) acknowledged = heard + 1;
  close(pipe_fds[0]);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
  ASSERT_GT(acknowledged, 400u);

  RocksDb store(directory.path());
  const uint64_t rows = count_rows(*store.db, 1);
  EXPECT_GE(rows, acknowledged);
  EXPECT_EQ(count_rows(*store.db, 4095), rows);
}

// Range deletes take two paths by size; both must leave the neighbours, and the shard after, alone.
TEST(RocksEngine, deletes_small_and_large_ranges) {
  const TempDirectory directory;
  RocksDb store(directory.path());
  for (const uint64_t count : {10u, 500u}) {
    store.db->write(Scope{7}, [&](Tx& tx) {
      for (uint64_t i = 0; i < count; ++i) tx.put(numbered(7, i), "x");
      tx.put(numbered(8, 0), "x");
    });
    CommitTracker tracker;
    store.db->write(Scope{7}, [&](Tx& tx) {
      tx.del_range(7, {numbered(7, 2).bytes, ""});
      tx.put(numbered(7, 5), "kept");
    });
    store.db->wait_durable_blocking(tracker.seq());
    EXPECT_EQ(count_rows(*store.db, 7), 3u);
    EXPECT_EQ(count_rows(*store.db, 8), 1u);
  }
}

// A damaged table must be reported, never answered from.
TEST(RocksEngine, reports_damage) {
  const TempDirectory directory;
  {
    RocksDb store(directory.path());
    for (uint64_t i = 0; i < 32; ++i) {
      store.db->write(Scope{1}, [&](Tx& tx) { tx.put(numbered(1, i), std::string(64 << 10, 'a')); });
    }
  }
  std::make_unique<RocksDb>(directory.path()).reset();  // at recovery the log becomes a table
  const auto damage_tables = [&] {
    size_t damaged = 0;
    for (const auto& file : std::filesystem::directory_iterator(directory.path() / "db")) {
      if (file.path().extension() != ".sst") continue;
      std::fstream stream(file.path(), std::ios::in | std::ios::out | std::ios::binary);
      for (std::streamoff at = 200; at + 8 < static_cast<std::streamoff>(file.file_size()) / 2; at += 500) {
        stream.seekp(at);
        stream.write("damaged!", 8);
      }
      ++damaged;
    }
    return damaged;
  };
  ASSERT_GT(damage_tables(), 0u);
  const auto read_everything = [&] {
    RocksDb store(directory.path());
    store.db->read([&](ReadTx& tx) { return tx.scan(1, prefix_range("")).size(); });
  };
  EXPECT_THROW(read_everything(), Corrupt);
}

// RocksDB would end the process on a full disk: puts must be refused before, and deletes must bring the store
// back.
TEST(RocksEngine, refuses_to_fill_the_disk) {
  const TempFileSystem mount_point("size=96m");
  if (!mount_point.mounted()) GTEST_SKIP() << "cannot mount here";
  {
    RocksDb store(mount_point.path(), {.floor_bytes = 32 << 20, .ballast_bytes = 4 << 20});
    EXPECT_TRUE(std::filesystem::exists(mount_point.path() / "ballast"));
    uint64_t written = 0;
    const auto put_one = [&] {
      store.db->write(Scope{1}, [&](Tx& tx) {
        std::string value(256 << 10, '\0');
        for (size_t i = 0; i < value.size(); i += 8) {
          const uint64_t noise = (written * 40503 + i) * 0x9e3779b97f4a7c15;
          value.replace(i, 8, reinterpret_cast<const char*>(&noise), 8);
        }
        tx.put(numbered(1, written), std::move(value));
      });
      ++written;
    };
    const auto fill = [&] {
      while (written < 1000) put_one();
    };
    EXPECT_THROW(fill(), DiskFull);
    ASSERT_GT(written, 20u);
    EXPECT_GE(store.space.free_bytes(), 8u << 20);
    store.db->sync_now();
    EXPECT_EQ(count_rows(*store.db, 1), written);
    store.db->write(Scope{1}, [&](Tx& tx) { tx.del(numbered(1, 0)); });
    store.db->sync_now();
    EXPECT_EQ(count_rows(*store.db, 1), written - 1);

    // Somebody else eats nearly all the rest: the ballast goes, and deletes still work.
    {
      const SpaceGuard outsider(mount_point.path(), {.floor_bytes = 1, .ballast_bytes = 0});
      std::ofstream hog(mount_point.path() / "hog", std::ios::binary);
      const std::string piece(1 << 20, 'h');
      while (outsider.free_bytes() > 5u << 20) (hog << piece).flush();
    }
    EXPECT_THROW(put_one(), DiskFull);
    EXPECT_FALSE(std::filesystem::exists(mount_point.path() / "ballast"));
    store.db->write(Scope{1}, [&](Tx& tx) { tx.del(numbered(1, 1)); });
    store.db->sync_now();
    std::filesystem::remove(mount_point.path() / "hog");
    EXPECT_GE(store.space.free_bytes(), 8u << 20);
  }
}

}  // namespace
}  // namespace haneul::store
