#include "store/memory/memory_engine.h"

#include <utility>

namespace haneul::store {

namespace {
constexpr uint64_t kNewest = UINT64_MAX;
constexpr size_t kPageEntries = 64;

const std::optional<std::string>* visible(const MemoryDisk::Versions& versions, uint64_t at) {
  auto after = versions.upper_bound(at);
  if (after == versions.begin()) return nullptr;
  const auto& value = std::prev(after)->second;
  return value ? &value : nullptr;
}
}  // namespace

class MemoryView final : public View {
 public:
  MemoryView(std::shared_ptr<MemoryDisk> disk, uint64_t at) : disk_(std::move(disk)), at_(at) {}
  ~MemoryView() override {
    if (at_ == kNewest) return;
    const std::lock_guard lock(disk_->mutex_);
    disk_->snapshots_.erase(disk_->snapshots_.find(at_));
  }

  uint64_t seq() const override {
    if (at_ != kNewest) return at_;
    const std::lock_guard lock(disk_->mutex_);
    return disk_->seq_;
  }

  std::optional<std::string> get(Shard shard, std::string_view key) const override {
    const std::lock_guard lock(disk_->mutex_);
    const auto found = disk_->keys_.find({shard, std::string(key)});
    if (found == disk_->keys_.end()) return std::nullopt;
    const auto* value = visible(found->second, at_);
    return value ? *value : std::nullopt;
  }

  // In pages, so that the visitor runs without the lock and may read.
  void scan(const ScanRange& range, const ScanOptions& options, const Visitor& visit) const override {
    std::string from(range.from);
    std::string to(range.to);
    size_t left = options.limit;
    while (left > 0) {
      const std::vector<Entry> page =
          read_page({range.shard, from, to}, options, std::min(left, kPageEntries));
      for (const Entry& entry : page) {
        if (visit(entry.key, entry.value) == Visit::kStop) return;
      }
      left -= page.size();
      if (page.size() < kPageEntries) return;
      if (options.direction == Direction::kForward) {
        from = key_after(page.back().key);
      } else {
        to = page.back().key;
        if (to.empty()) return;  // an empty end would mean the whole shard
      }
    }
  }

 private:
  std::vector<Entry> read_page(const ScanRange& range, const ScanOptions& options, size_t limit) const {
    std::vector<Entry> page;
    const auto take = [&](const auto& row) {
      const auto* value = visible(row.second, at_);
      if (value)
        page.push_back({row.first.second, options.values == Values::kRead ? **value : std::string()});
    };
    const std::lock_guard lock(disk_->mutex_);
    const auto first = disk_->keys_.lower_bound({range.shard, std::string(range.from)});
    const auto end = range.to.empty() ? disk_->keys_.lower_bound({static_cast<Shard>(range.shard + 1), ""})
                                      : disk_->keys_.lower_bound({range.shard, std::string(range.to)});
    if (!range.to.empty() && range.to <= range.from) return page;
    if (options.direction == Direction::kForward) {
      for (auto at = first; at != end && page.size() < limit; ++at) take(*at);
    } else {
      for (auto at = end; at != first && page.size() < limit;) take(*--at);
    }
    return page;
  }

  std::shared_ptr<MemoryDisk> disk_;
  uint64_t at_;
};

MemoryEngine::MemoryEngine(std::shared_ptr<MemoryDisk> disk, FaultPlan plan)
    : disk_(std::move(disk)), plan_(std::move(plan)), now_(std::make_unique<MemoryView>(disk_, kNewest)) {
  const std::lock_guard lock(disk_->mutex_);
  const uint64_t kept = std::min(disk_->seq_, disk_->synced_ + plan_.unsynced_kept);
  for (auto at = disk_->keys_.begin(); at != disk_->keys_.end();) {
    at->second.erase(at->second.upper_bound(kept), at->second.end());
    at = at->second.empty() ? disk_->keys_.erase(at) : std::next(at);
  }
  disk_->seq_ = kept;
  disk_->synced_ = kept;
}

MemoryEngine::~MemoryEngine() = default;

void MemoryEngine::begin(Call call) {
  if (stopped_) throw Stopped("the machine has stopped");
  ++calls_;
  if (calls_ == plan_.stop_at_call && plan_.stop == FaultPlan::Moment::kBefore) {
    stopped_ = true;
    throw Stopped("the machine stops before this call");
  }
  if (call == Call::kSync && calls_ == plan_.fail_sync_at_call) throw Unavailable("the disk refuses to sync");
  if (call == Call::kCommit && plan_.conflict_at_calls.contains(calls_)) throw Conflict("as planned");
}

void MemoryEngine::end() {
  if (calls_ != plan_.stop_at_call || plan_.stop != FaultPlan::Moment::kAfter) return;
  stopped_ = true;
  throw Stopped("the machine stops after this call");
}

uint64_t MemoryEngine::commit(const Batch& batch) {
  const std::lock_guard lock(disk_->mutex_);
  begin(Call::kCommit);
  if (plan_.full_from_call != 0 && calls_ >= plan_.full_from_call) {
    for (const Mutation& mutation : batch) {
      if (mutation.kind == Mutation::Kind::kPut) throw DiskFull("the disk is full, as planned");
    }
  }
  ++disk_->seq_;
  for (const Mutation& mutation : batch) apply(mutation);
  end();
  return disk_->seq_;
}

void MemoryEngine::apply(const Mutation& mutation) {
  if (mutation.kind == Mutation::Kind::kPut) return write(mutation.shard, mutation.key, mutation.value);
  if (mutation.kind == Mutation::Kind::kDelete) return write(mutation.shard, mutation.key, std::nullopt);
  std::vector<std::string> doomed;
  for (auto at = disk_->keys_.lower_bound({mutation.shard, mutation.key}); at != disk_->keys_.end(); ++at) {
    if (at->first.first != mutation.shard) break;
    if (!mutation.value.empty() && at->first.second >= mutation.value) break;
    doomed.push_back(at->first.second);
  }
  for (const std::string& key : doomed) write(mutation.shard, key, std::nullopt);
}

void MemoryEngine::write(Shard shard, const std::string& key, std::optional<std::string> value) {
  if (!value) disk_->deleted_.emplace_back(shard, key);
  MemoryDisk::Versions& versions = disk_->keys_[{shard, key}];
  versions[disk_->seq_] = std::move(value);
  forget(versions);
}

// Versions before this one can be brought back by neither a crash nor a snapshot.
uint64_t MemoryEngine::oldest_needed() const {
  return disk_->snapshots_.empty() ? disk_->synced_ : std::min(disk_->synced_, *disk_->snapshots_.begin());
}

void MemoryEngine::forget(MemoryDisk::Versions& versions) const {
  const auto after = versions.upper_bound(oldest_needed());
  if (after != versions.begin()) versions.erase(versions.begin(), std::prev(after));
}

void MemoryEngine::bury() {
  std::erase_if(disk_->deleted_, [&](const auto& key) {
    const auto found = disk_->keys_.find(key);
    if (found == disk_->keys_.end()) return true;
    MemoryDisk::Versions& versions = found->second;
    forget(versions);
    if (versions.size() > 1 || versions.begin()->first > oldest_needed()) return false;
    if (!versions.begin()->second) disk_->keys_.erase(found);
    return true;
  });
}

ViewPtr MemoryEngine::view_at(uint64_t seq) {
  disk_->snapshots_.insert(seq);
  return std::make_shared<MemoryView>(disk_, seq);
}

ViewPtr MemoryEngine::snapshot() {
  const std::lock_guard lock(disk_->mutex_);
  if (stopped_) throw Stopped("the machine has stopped");
  return view_at(disk_->seq_);
}

ViewPtr MemoryEngine::sync() {
  const std::lock_guard lock(disk_->mutex_);
  begin(Call::kSync);
  disk_->synced_ = disk_->seq_;
  bury();
  end();
  return view_at(disk_->seq_);
}

}  // namespace haneul::store
