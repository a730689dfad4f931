#include "store/rocks/rocks_engine.h"

#include <algorithm>

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>
#include <unistd.h>

#include "base/log.h"
#include "store/errors.h"

namespace haneul::store {

namespace {

constexpr char kLayoutVersion = 0x01;
constexpr size_t kPrefixBytes = 3;
// Up to so many keys a range is deleted key by key: range tombstones slow down every later read of the shard.
constexpr size_t kRangeByKeysMax = 64;

rocksdb::Slice slice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }
std::string_view view(const rocksdb::Slice& bytes) { return {bytes.data(), bytes.size()}; }

[[noreturn]] void throw_status(const rocksdb::Status& status) {
  if (status.IsCorruption()) throw Corrupt("the database is damaged: " + status.ToString());
  throw Unavailable("the database failed: " + status.ToString());
}

void check(const rocksdb::Status& status) {
  if (!status.ok()) throw_status(status);
}

std::string physical(Shard shard, std::string_view key) {
  std::string bytes;
  bytes.reserve(kPrefixBytes + key.size());
  bytes += kLayoutVersion;
  bytes += static_cast<char>(shard >> 8);
  bytes += static_cast<char>(shard & 0xff);
  bytes += key;
  return bytes;
}

std::string physical_end(Shard shard, std::string_view to) {
  return to.empty() ? physical(static_cast<Shard>(shard + 1), "") : physical(shard, to);
}

class RocksView : public View {
 public:
  RocksView(rocksdb::DB& db, const rocksdb::Snapshot* snapshot) : db_(db), snapshot_(snapshot) {}
  ~RocksView() override {
    if (snapshot_ != nullptr) db_.ReleaseSnapshot(snapshot_);
  }
  RocksView(const RocksView&) = delete;
  RocksView& operator=(const RocksView&) = delete;

  uint64_t seq() const override {
    return snapshot_ != nullptr ? snapshot_->GetSequenceNumber() : db_.GetLatestSequenceNumber();
  }

  std::optional<std::string> get(Shard shard, std::string_view key) const override {
    rocksdb::PinnableSlice value;
    const rocksdb::Status status =
        db_.Get(options(), db_.DefaultColumnFamily(), slice(physical(shard, key)), &value);
    if (status.IsNotFound()) return std::nullopt;
    check(status);
    return value.ToString();
  }

  void scan(const ScanRange& range, const ScanOptions& wanted, const Visitor& visit) const override {
    const std::string lower = physical(range.shard, range.from);
    const std::string upper = physical_end(range.shard, range.to);
    if (lower >= upper) return;
    const rocksdb::Slice lower_slice = slice(lower);
    const rocksdb::Slice upper_slice = slice(upper);
    rocksdb::ReadOptions reading = options();
    reading.iterate_lower_bound = &lower_slice;
    reading.iterate_upper_bound = &upper_slice;
    const std::unique_ptr<rocksdb::Iterator> at(db_.NewIterator(reading));
    const bool forward = wanted.direction == Direction::kForward;
    forward ? at->SeekToFirst() : at->SeekToLast();
    for (size_t left = wanted.limit; left > 0 && at->Valid(); --left) {
      const std::string_view value = wanted.values == Values::kRead ? view(at->value()) : std::string_view();
      if (visit(view(at->key()).substr(kPrefixBytes), value) == Visit::kStop) return;
      forward ? at->Next() : at->Prev();
    }
    check(at->status());
  }

 private:
  rocksdb::ReadOptions options() const {
    rocksdb::ReadOptions reading;
    reading.snapshot = snapshot_;
    return reading;
  }

  rocksdb::DB& db_;
  const rocksdb::Snapshot* snapshot_;
};

class RocksEngine final : public Engine {
 public:
  RocksEngine(std::unique_ptr<rocksdb::DB> db, SpaceGuard& space)
      : db_(std::move(db)), space_(space), now_(*db_, nullptr) {}
  ~RocksEngine() override {
    const rocksdb::Status status = db_->FlushWAL(true);
    if (!status.ok()) log_error("the last sync of the database failed", {{"reason", status.ToString()}});
  }

  Limits limits() const override { return {}; }
  const View& now() const override { return now_; }
  ViewPtr snapshot() override { return std::make_shared<RocksView>(*db_, db_->GetSnapshot()); }

  uint64_t commit(const Batch& batch) override {
    rocksdb::WriteBatch writes;
    bool puts = false;
    for (const Mutation& mutation : batch) {
      puts = puts || mutation.kind == Mutation::Kind::kPut;
      add(writes, mutation);
    }
    if (writes.Count() == 0) return db_->GetLatestSequenceNumber();
    if (puts) space_.require_space(writes.GetDataSize());
    check(db_->Write(rocksdb::WriteOptions(), &writes));
    // At least this batch's own: the write is published before Write() returns.
    return db_->GetLatestSequenceNumber();
  }

  ViewPtr sync() override {
    ViewPtr ordered = snapshot();
    check(db_->FlushWAL(true));
    return ordered;
  }

 private:
  void add(rocksdb::WriteBatch& writes, const Mutation& mutation) const {
    switch (mutation.kind) {
      case Mutation::Kind::kPut:
        return check(writes.Put(slice(physical(mutation.shard, mutation.key)), slice(mutation.value)));
      case Mutation::Kind::kDelete:
        return check(writes.Delete(slice(physical(mutation.shard, mutation.key))));
      case Mutation::Kind::kDeleteRange: return add_range(writes, mutation);
    }
  }

  // The shard is locked by the caller, so what is found now is all there is.
  void add_range(rocksdb::WriteBatch& writes, const Mutation& mutation) const {
    std::vector<std::string> keys;
    now_.scan({mutation.shard, mutation.key, mutation.value},
              {.limit = kRangeByKeysMax + 1, .values = Values::kSkip},
              [&](std::string_view key, std::string_view) {
                keys.push_back(physical(mutation.shard, key));
                return Visit::kContinue;
              });
    if (keys.size() > kRangeByKeysMax) {
      return check(writes.DeleteRange(slice(physical(mutation.shard, mutation.key)),
                                      slice(physical_end(mutation.shard, mutation.value))));
    }
    for (const std::string& key : keys) check(writes.Delete(slice(key)));
  }

  std::unique_ptr<rocksdb::DB> db_;
  SpaceGuard& space_;
  RocksView now_;
};

void keep_small(rocksdb::Options& options, const RocksOptions& wanted) {
  options.write_buffer_size = wanted.write_buffer_bytes;
  options.max_write_buffer_number = 3;
  options.max_open_files = wanted.open_files_max;
  options.max_background_jobs = 2;
  options.max_total_wal_size = 64 << 20;
  options.keep_log_file_num = 2;
  options.max_log_file_size = 1 << 20;
  options.info_log_level = rocksdb::WARN_LEVEL;
  options.max_manifest_file_size = 16 << 20;
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  options.skip_stats_update_on_db_open = true;
}

size_t cache_bytes(const RocksOptions& wanted) {
  constexpr size_t kLeast = 8 << 20;
  if (wanted.block_cache_bytes > 0) return wanted.block_cache_bytes;
  const auto pages = static_cast<size_t>(std::max(::sysconf(_SC_PHYS_PAGES), 0L));
  return std::max(pages * static_cast<size_t>(::sysconf(_SC_PAGESIZE)) / 32, kLeast);
}

// Where keys are must be found without reading much: indexes and filters are cut into blocks that are cached
// like those of data, each table's list of them stays, and none is packed. Whole ones, packed, took two
// thirds of the processor time of writes to a table of a million items.
void keep_findable(rocksdb::BlockBasedTableOptions& table) {
  table.cache_index_and_filter_blocks = true;
  table.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
  table.partition_filters = true;
  table.pin_top_level_index_and_filter = true;
  table.enable_index_compression = false;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
}

rocksdb::Options make_options(const RocksOptions& wanted, uint64_t reserve_bytes) {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.paranoid_checks = true;
  options.track_and_verify_wals_in_manifest = true;
  // The end of the log that was never synced may have holes after a power cut; it ends at the first.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  options.recycle_log_file_num = 0;
  options.level_compaction_dynamic_level_bytes = true;
  options.compression = rocksdb::kLZ4Compression;
  options.bottommost_compression = rocksdb::kZSTD;
  keep_small(options, wanted);
  // One compaction must fit into the space that puts leave free.
  options.target_file_size_base = 16 << 20;
  options.max_bytes_for_level_base = 64 << 20;
  options.max_compaction_bytes = std::max<uint64_t>(reserve_bytes / 4, 32 << 20);

  rocksdb::BlockBasedTableOptions table;
  table.format_version = 5;
  table.checksum = rocksdb::kXXH3;
  table.block_cache = rocksdb::NewLRUCache(cache_bytes(wanted));
  keep_findable(table);
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

}  // namespace

std::unique_ptr<Engine> open_rocks_engine(const std::filesystem::path& directory, SpaceGuard& space,
                                          const RocksOptions& options) {
  rocksdb::DB* opened = nullptr;
  const rocksdb::Status status =
      rocksdb::DB::Open(make_options(options, space.limit_bytes()), directory.string(), &opened);
  if (!status.ok()) throw_status(status);
  return std::make_unique<RocksEngine>(std::unique_ptr<rocksdb::DB>(opened), space);
}

}  // namespace haneul::store
