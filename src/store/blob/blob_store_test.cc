#include "store/blob/blob_store.h"

#include <future>

#include <gtest/gtest.h>

#include "store/errors.h"
#include "store/testing/temp_directory.h"

namespace haneul::store {
namespace {

struct Blobs {
  Blobs() : space(temp.path(), {.ballast_bytes = 0}), store(temp.path(), pool, random, space) {}
  TempDirectory temp;
  BlockingPool pool{2};
  SeededRandom random{7};
  SpaceGuard space;
  BlobStore store;
};

BlobId put(BlobStore& store, std::string_view bytes) {
  BlobWriter writer = store.create(bytes.size());
  writer.append(bytes);
  writer.finish_blocking();
  return writer.id();
}

std::string pattern(size_t bytes) {
  std::string text(bytes, '\0');
  for (size_t i = 0; i < bytes; ++i) text[i] = static_cast<char>(i * 31 + i / 251);
  return text;
}

// Pieces pass through a buffer or around it, depending on their size: no byte may be lost or move.
TEST(BlobStore, gives_back_what_was_appended) {
  Blobs blobs;
  const std::string text = pattern(3 << 20);
  BlobWriter writer = blobs.store.create(8 << 20);
  size_t at = 0;
  for (size_t piece = 1; at < text.size(); piece = piece * 3 + 1) {
    const std::string_view part = std::string_view(text).substr(at, piece);
    writer.append(part);
    at += part.size();
  }
  EXPECT_EQ(writer.size(), text.size());
  writer.finish_blocking();
  const auto reader = blobs.store.open(writer.id());
  ASSERT_TRUE(reader);
  EXPECT_EQ(reader->size(), text.size());
  EXPECT_TRUE(reader->read(0, SIZE_MAX) == text);
  EXPECT_EQ(reader->read(1000, 10), text.substr(1000, 10));
  EXPECT_EQ(reader->read(text.size() - 3, 10), text.substr(text.size() - 3));
  EXPECT_EQ(reader->read(text.size(), 10), "");
}

// An upload that breaks off must not fill the disk.
TEST(BlobStore, an_unfinished_blob_leaves_nothing) {
  Blobs blobs;
  std::optional<BlobId> id;
  {
    BlobWriter writer = blobs.store.create();
    writer.append(pattern(1 << 20));
    id = writer.id();
    EXPECT_EQ(blobs.store.list({}, 10).size(), 1u);
  }
  EXPECT_FALSE(blobs.store.open(*id));
  EXPECT_TRUE(blobs.store.list({}, 10).empty());
}

// The server finishes blobs on its loops: the coroutine must resume there, with the data synced.
Task<void> finish_on_loop(BlobStore& store, std::promise<BlobId>& done) {
  BlobWriter writer = store.create();
  writer.append("payload");
  co_await writer.finish();
  done.set_value(co_await store.copy(writer.id()));
}

TEST(BlobStore, finishes_and_copies_in_coroutines) {
  // A copy is a blob of its own: deleting one must leave the other.
  Loop loop;  // outlives the pool, whose threads post to it
  Blobs blobs;
  std::promise<BlobId> done;
  loop.start();
  spawn(loop, "finish_on_loop", finish_on_loop(blobs.store, done));
  const BlobId twin = done.get_future().get();
  const std::vector<BlobId> all = blobs.store.list({}, 10);
  ASSERT_EQ(all.size(), 2u);
  blobs.store.del(all[0] == twin ? all[1] : all[0]);
  EXPECT_EQ(blobs.store.open(twin)->read(0, 100), "payload");
}

// Someone who reads a large object must get to its end although it is replaced meanwhile.
TEST(BlobStore, a_reader_outlives_the_blob) {
  Blobs blobs;
  const BlobId id = put(blobs.store, "still here");
  const auto reader = blobs.store.open(id);
  blobs.store.del(id);
  blobs.store.del(id);
  EXPECT_EQ(reader->read(0, 100), "still here");
  EXPECT_FALSE(blobs.store.open(id));
}

// Orphans of a crash must go; what a row names and what this run is still writing must stay.
TEST(BlobStore, sweeps_orphans_of_earlier_runs_only) {
  Blobs blobs;
  const BlobId live = put(blobs.store, "live");
  const BlobId orphan = put(blobs.store, "orphan");
  BlobStore next_run(blobs.temp.path(), blobs.pool, blobs.random, blobs.space);
  const BlobId fresh = put(next_run, "not yet named by a row");
  EXPECT_EQ(next_run.sweep([&](const BlobId& id) { return id == live; }), 1u);
  EXPECT_TRUE(next_run.open(live));
  EXPECT_TRUE(next_run.open(fresh));
  EXPECT_FALSE(next_run.open(orphan));
}

// Pages must join without gaps or repeats.
TEST(BlobStore, lists_in_pages) {
  Blobs blobs;
  for (int i = 0; i < 40; ++i) put(blobs.store, "x");
  const std::vector<BlobId> all = blobs.store.list({}, 100);
  ASSERT_EQ(all.size(), 40u);
  std::vector<BlobId> paged;
  for (std::vector<BlobId> page = blobs.store.list({}, 7); !page.empty();
       page = blobs.store.list(page.back(), 7)) {
    paged.insert(paged.end(), page.begin(), page.end());
  }
  EXPECT_EQ(paged, all);
}

// Ids come back from rows and end in paths: anything but 32 hexadecimal digits must not reach the file
// system.
TEST(BlobId, parses_nothing_else) {
  EXPECT_TRUE(parse_blob_id("0123456789abcdef0123456789abcdef"));
  EXPECT_FALSE(parse_blob_id("0123456789ABCDEF0123456789abcdef"));
  EXPECT_FALSE(parse_blob_id("../../../../../../../etc/passwd0"));
  EXPECT_FALSE(parse_blob_id(""));
}

// A full disk must stop uploads with the error that the services know.
TEST(BlobStore, refuses_when_space_is_low) {
  Blobs blobs;
  SpaceGuard full(blobs.temp.path(), {.floor_bytes = 1ULL << 60, .ballast_bytes = 0});
  BlobStore store(blobs.temp.path(), blobs.pool, blobs.random, full);
  EXPECT_THROW(store.create(), DiskFull);
}

}  // namespace
}  // namespace haneul::store
