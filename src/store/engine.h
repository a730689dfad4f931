// Engine: what a storage system must offer so that Db can stand on it. Services never see it.
//
// A commit is *ordered* when commit() returned (later reads see it) and *durable* when a sync() that began
// afterwards returned. Sequences are the engine's own, grow with every commit and survive a restart. Db makes
// the transactions: it holds the locks of the shards it checked while it calls commit(), so an engine only
// applies batches atomically. Thread rule: every method from any thread, except that sync() has one caller at
// a time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/key.h"

namespace haneul::store {

struct Limits {
  size_t key_bytes_max = 2560;        // the least of all engines we plan for, so enforced on all
  size_t value_bytes_max = 16 << 20;  // above 64 KiB an engine may be slow: payloads belong to BlobStore
  size_t transaction_bytes_max = 64 << 20;
};

enum class Direction { kForward, kReverse };
enum class Values { kRead, kSkip };
enum class Visit { kContinue, kStop };

struct ScanOptions {
  size_t limit = SIZE_MAX;
  Direction direction = Direction::kForward;  // kReverse: from the end of the range down
  Values values = Values::kRead;              // kSkip: the values come empty
};

struct ScanRange {  // [from, to) of one shard; an empty `to` is the end of the shard
  Shard shard;
  std::string_view from;
  std::string_view to;
};

// The views are valid during the call only. A visitor may read from the same transaction, not write to it.
using Visitor = std::function<Visit(std::string_view key, std::string_view value)>;

struct Mutation {
  enum class Kind { kPut, kDelete, kDeleteRange };
  Kind kind;
  Shard shard;
  std::string key;    // of a range: its first key
  std::string value;  // of a range: its end, empty for the end of the shard
};
using Batch = std::vector<Mutation>;  // applied in this order, as one

class View {
 public:
  virtual ~View() = default;
  virtual uint64_t seq() const = 0;  // every commit up to this one is in it, and none after
  virtual std::optional<std::string> get(Shard shard, std::string_view key) const = 0;
  virtual void scan(const ScanRange& range, const ScanOptions& options, const Visitor& visit) const = 0;
};
using ViewPtr = std::shared_ptr<const View>;  // must not outlive its engine

class Engine {
 public:
  virtual ~Engine() = default;
  virtual Limits limits() const = 0;
  // The newest ordered state, moving: two reads may see two states. Its seq() is that of the last ordered
  // commit.
  virtual const View& now() const = 0;
  virtual ViewPtr snapshot() = 0;  // what is ordered now, standing still
  // Applies all or nothing and returns a sequence that is at least the commit's own and at most that of the
  // last ordered commit. Throws Unavailable, DiskFull or Conflict; then nothing was applied, save that
  // Unavailable leaves it open.
  virtual uint64_t commit(const Batch& batch) = 0;
  // Makes durable what is ordered now and returns the view of exactly that. Throws Unavailable.
  virtual ViewPtr sync() = 0;
};

}  // namespace haneul::store
