#include "store/tx.h"

#include <algorithm>
#include <utility>

#include "store/errors.h"

namespace haneul::store {

namespace {

bool in_range(std::string_view key, std::string_view from, std::string_view to) {
  return key >= from && (to.empty() || key < to);
}

bool in_any(const std::vector<KeyRange>& ranges, std::string_view key) {
  for (const KeyRange& range : ranges) {
    if (in_range(key, range.from, range.to)) return true;
  }
  return false;
}

// Lays a transaction's own writes over what the engine's scan brings, in the scan's direction.
class OverlayMerge {
 public:
  using Points = std::map<std::string, std::optional<std::string>, std::less<>>;
  using Point = Points::const_pointer;

  OverlayMerge(const Points& points, const std::vector<KeyRange>& ranges, const ScanRange& range,
               const ScanOptions& options, const Visitor& visit)
      : ranges_(ranges), options_(options), visit_(visit) {
    for (auto at = points.lower_bound(range.from); at != points.end(); ++at) {
      if (!in_range(at->first, range.from, range.to)) break;
      points_.push_back(&*at);
    }
    if (options.direction == Direction::kReverse) std::reverse(points_.begin(), points_.end());
  }

  Visit take(std::string_view key, std::string_view value) {
    while (next_ < points_.size() && comes_before(points_[next_]->first, key)) {
      if (emit_point() == Visit::kStop) return Visit::kStop;
    }
    if (next_ < points_.size() && points_[next_]->first == key) return emit_point();
    return in_any(ranges_, key) ? Visit::kContinue : emit(key, value);
  }

  void finish() {
    while (!stopped_ && next_ < points_.size()) emit_point();
  }

 private:
  bool comes_before(std::string_view a, std::string_view b) const {
    return options_.direction == Direction::kForward ? a < b : a > b;
  }

  Visit emit_point() {
    const Point point = points_[next_++];
    if (!point->second) return Visit::kContinue;
    return emit(point->first, options_.values == Values::kRead ? *point->second : std::string_view());
  }

  Visit emit(std::string_view key, std::string_view value) {
    ++emitted_;
    stopped_ = visit_(key, value) == Visit::kStop || emitted_ >= options_.limit;
    return stopped_ ? Visit::kStop : Visit::kContinue;
  }

  const std::vector<KeyRange>& ranges_;
  const ScanOptions& options_;
  const Visitor& visit_;
  std::vector<Point> points_;
  size_t next_ = 0;
  size_t emitted_ = 0;
  bool stopped_ = false;
};

}  // namespace

std::vector<Entry> Reader::scan(Shard shard, const KeyRange& range, const ScanOptions& options) {
  return scan(shard, range.from, range.to, options);
}

std::vector<Entry> Reader::scan(Shard shard, std::string_view from, std::string_view to,
                                const ScanOptions& options) {
  std::vector<Entry> entries;
  scan_each({shard, from, to}, options, [&](std::string_view key, std::string_view value) {
    entries.push_back({std::string(key), std::string(value)});
    return Visit::kContinue;
  });
  return entries;
}

const View& Tx::view_of(Shard shard) {
  read_.insert(shard);
  if (held_.contains(shard)) return engine_.now();
  if (!foreign_) foreign_ = engine_.snapshot();
  return *foreign_;
}

std::optional<std::string> Tx::get(const Key& key) {
  ++counts_.reads;
  if (const auto own = writes_.find(key.shard); own != writes_.end()) {
    const auto point = own->second.points.find(key.bytes);
    if (point != own->second.points.end()) return point->second;
    if (in_any(own->second.ranges, key.bytes)) return std::nullopt;
  }
  return view_of(key.shard).get(key.shard, key.bytes);
}

void Tx::scan_each(const ScanRange& range, const ScanOptions& options, const Visitor& visit) {
  ++counts_.reads;
  if (options.limit == 0) return;
  const View& view = view_of(range.shard);
  const auto own = writes_.find(range.shard);
  if (own == writes_.end()) return view.scan(range, options, visit);
  OverlayMerge merge(own->second.points, own->second.ranges, range, options, visit);
  ScanOptions all = options;
  all.limit = SIZE_MAX;
  bool stopped = false;
  view.scan(range, all, [&](std::string_view key, std::string_view value) {
    const Visit next = merge.take(key, value);
    stopped = next == Visit::kStop;
    return next;
  });
  if (!stopped) merge.finish();
}

void Tx::account_for(size_t bytes) {
  ++counts_.writes;
  counts_.bytes += bytes;
  if (counts_.bytes > engine_.limits().transaction_bytes_max)
    throw TooLarge("a transaction writes too many bytes");
}

void Tx::put(const Key& key, std::string value) {
  const Limits limits = engine_.limits();
  if (key.bytes.size() > limits.key_bytes_max) throw TooLarge("a key is above the store's limit");
  if (value.size() > limits.value_bytes_max) throw TooLarge("a value is above the store's limit");
  account_for(key.bytes.size() + value.size());
  writes_[key.shard].points.insert_or_assign(key.bytes, std::move(value));
}

void Tx::del(const Key& key) {
  account_for(key.bytes.size());
  writes_[key.shard].points.insert_or_assign(key.bytes, std::nullopt);
}

void Tx::del_range(Shard shard, const KeyRange& range) {
  account_for(range.from.size() + range.to.size());
  ShardWrites& own = writes_[shard];
  std::erase_if(own.points, [&](const auto& point) { return in_range(point.first, range.from, range.to); });
  own.ranges.push_back(range);
}

void Tx::on_commit(std::move_only_function<void()> work) { on_commit_.push_back(std::move(work)); }
void Tx::on_durable(std::move_only_function<void()> work) { on_durable_.push_back(std::move(work)); }

Batch Tx::batch() const {
  Batch batch;
  for (const auto& [shard, own] : writes_) {
    for (const KeyRange& range : own.ranges) {
      batch.push_back({Mutation::Kind::kDeleteRange, shard, range.from, range.to});
    }
    for (const auto& [key, value] : own.points) {
      if (value) {
        batch.push_back({Mutation::Kind::kPut, shard, key, *value});
      } else {
        batch.push_back({Mutation::Kind::kDelete, shard, key, {}});
      }
    }
  }
  return batch;
}

}  // namespace haneul::store
