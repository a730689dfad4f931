// BlobStore: immutable payload files (object data, code packages, large bodies), named by random 128-bit ids.
//
// Order of things: write the blob, finish() it (durable), then commit the row that names it; delete the row
// first and the blob after. One blob has one owner row, so nothing counts references: a copy is a new id
// (copy()). What a crash leaves between the steps are blobs without a row: sweep() removes those of earlier
// runs in the background after the start. Payloads up to kInlineBytesMax belong into the row itself: they
// share the log's group sync, a file needs two of its own. Thread rule: the store from any thread; a writer
// by one at a time; a reader by any number.
#pragma once

#include <array>
#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_set>
#include <vector>

#include "base/fd.h"
#include "base/random.h"
#include "base/strong.h"
#include "base/task/loops.h"
#include "store/space.h"

namespace haneul::store {

inline constexpr size_t kInlineBytesMax = 32 << 10;

using BlobId = Strong<struct BlobIdTag>;  // 32 lower-case hexadecimal digits
std::optional<BlobId> parse_blob_id(std::string_view text);

class BlobStore;

class BlobWriter {
 public:
  ~BlobWriter();  // without a finish() that succeeded the file is removed
  BlobWriter(BlobWriter&&) noexcept;
  BlobWriter& operator=(BlobWriter&&) = delete;

  const BlobId& id() const;
  uint64_t size() const;
  // To the page cache, on the calling thread. Throws DiskFull or Unavailable; the blob is then only fit to be
  // dropped.
  void append(std::string_view bytes);
  // After it the blob and its name are on disk and it may be named by a row. Exactly once. The syncs run on
  // the pool; the Task must be awaited to its end before the writer goes.
  Task<void> finish();
  void finish_blocking();  // the same on this thread; never on an event loop

 private:
  friend class BlobStore;
  struct State;
  explicit BlobWriter(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

class BlobReader {  // keeps the data readable even when the blob is deleted meanwhile
 public:
  uint64_t size() const { return size_; }
  std::string read(uint64_t offset, size_t length) const;  // shorter only at the end of the blob
  int fd() const { return file_.get(); }                   // for sendfile

 private:
  friend class BlobStore;
  BlobReader(Fd file, uint64_t size) : file_(std::move(file)), size_(size) {}
  Fd file_;
  uint64_t size_;
};

class BlobStore {
 public:
  // The directory exists; pool, random and space outlive the store and its writers.
  BlobStore(std::filesystem::path directory, BlockingPool& pool, Random& random, SpaceGuard& space);

  BlobWriter create(uint64_t expected_bytes = 0);    // a hint: room is reserved in one piece
  std::optional<BlobReader> open(const BlobId& id);  // empty when there is no such blob
  void del(const BlobId& id);                        // of an absent blob: nothing happens
  Task<BlobId> copy(const BlobId& id);               // durable; throws Corrupt when there is no such blob
  std::vector<BlobId> list(const std::optional<BlobId>& after, size_t limit);  // in the order of ids

  // Removes every blob of an earlier run that is_live denies; returns how many. Blocking: run it on the pool,
  // once, after the start. is_live must answer from the newest state: is there a row that names the blob?
  size_t sweep(const std::function<bool(const BlobId&)>& is_live);

 private:
  friend class BlobWriter;
  static constexpr size_t kFans = 256;
  struct Fan {
    std::atomic<bool> made{false};  // its directory exists
    std::mutex mutex;
    bool named = false;  // and its name is on disk
    std::atomic<uint64_t> asked{0};
    uint64_t synced = 0;
  };

  std::filesystem::path fan_path(const BlobId& id) const;
  std::filesystem::path path_of(const BlobId& id) const;
  BlobId new_id();
  void make_fan(const BlobId& id);
  void sync_fan(const BlobId& id);
  BlobId copy_blocking(const BlobId& id);
  std::vector<std::string> names_in_fan(size_t fan) const;

  const std::filesystem::path directory_;
  BlockingPool& pool_;
  Random& random_;
  SpaceGuard& space_;
  std::array<Fan, kFans> fans_;
  std::mutex mutex_;
  bool swept_ = false;
  std::unordered_set<std::string> born_;  // made by this run, until the sweep is over
};

}  // namespace haneul::store
