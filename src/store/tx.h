// The two transactions a service's code sees. Both are Readers, so a helper that only looks takes a Reader.
// A body uses its transaction on the calling thread only and keeps no reference to it.
#pragma once

#include <functional>
#include <map>
#include <set>

#include "store/engine.h"

namespace haneul::store {

struct Entry {
  std::string key;
  std::string value;
};

class Reader {
 public:
  virtual ~Reader() = default;
  virtual std::optional<std::string> get(const Key& key) = 0;
  virtual void scan_each(const ScanRange& range, const ScanOptions& options, const Visitor& visit) = 0;

  std::vector<Entry> scan(Shard shard, const KeyRange& range, const ScanOptions& options = {});
  std::vector<Entry> scan(Shard shard, std::string_view from, std::string_view to,
                          const ScanOptions& options = {});
  bool contains(const Key& key) { return get(key).has_value(); }
};

// The newest durable snapshot; never waits and never changes while it is held.
class ReadTx final : public Reader {
 public:
  explicit ReadTx(ViewPtr view) : view_(std::move(view)) {}
  std::optional<std::string> get(const Key& key) override { return view_->get(key.shard, key.bytes); }
  void scan_each(const ScanRange& range, const ScanOptions& options, const Visitor& visit) override {
    view_->scan(range, options, visit);
  }
  uint64_t seq() const { return view_->seq(); }

 private:
  ViewPtr view_;
};

struct TxCounts {
  size_t reads = 0;   // gets and scans
  size_t writes = 0;  // puts, deletes and range deletes
  size_t bytes = 0;   // of keys and values written
};

// A serialisable transaction: reads see the newest ordered state and this transaction's own writes.
class Tx final : public Reader {
 public:
  std::optional<std::string> get(const Key& key) override;
  void scan_each(const ScanRange& range, const ScanOptions& options, const Visitor& visit) override;

  void put(const Key& key, std::string value);
  void del(const Key& key);  // of an absent key: nothing happens
  void del_range(Shard shard, const KeyRange& range);

  // Runs once, on the thread of the write, after the commit is ordered and no lock is held - also when
  // nothing was written; in the order of registration. For waking those who look with write(); what it wakes
  // must not leave the process before it is durable.
  void on_commit(std::move_only_function<void()> work);
  // Runs once after the commit is durable (on the flusher's thread: be short). For waking those who look with
  // read(). Dropped when the process ends before: state that matters is a row.
  void on_durable(std::move_only_function<void()> work);

  const TxCounts& counts() const { return counts_; }

 private:
  friend class Db;
  friend class WriteRun;
  using Overlay = std::map<std::string, std::optional<std::string>, std::less<>>;
  struct ShardWrites {
    std::vector<KeyRange> ranges;  // deleted before `points` are applied
    Overlay points;                // empty optional: deleted
  };

  Tx(Engine& engine, const std::set<Shard>& held) : engine_(engine), held_(held) {}
  const View& view_of(Shard shard);
  Batch batch() const;
  void account_for(size_t bytes);

  Engine& engine_;
  const std::set<Shard>& held_;  // shards locked by this transaction: their newest state stands still
  ViewPtr foreign_;              // one moment of all others, taken at the first read of one
  std::set<Shard> read_;
  std::map<Shard, ShardWrites> writes_;
  std::vector<std::move_only_function<void()>> on_commit_;
  std::vector<std::move_only_function<void()>> on_durable_;
  TxCounts counts_;
};

}  // namespace haneul::store
