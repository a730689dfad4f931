#include "services/dynamodb/items/page.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "services/dynamodb/items/key_check.h"
#include "services/dynamodb/limits.h"
#include "services/dynamodb/refusal.h"
#include "services/dynamodb/value/record.h"

namespace haneul::dynamodb {
namespace {

const KeySchema& keys_of(const Table& table, const Index* index) {
  return index == nullptr ? table.keys : index->keys;
}

Rows rows_of(const Table& table, const Index* index) {
  return index == nullptr ? Rows::items(table) : Rows::entries(table, *index);
}

// The key attributes of table and index: what LastEvaluatedKey holds.
Attributes position_of(const Table& table, const Index* index, const Attributes& item) {
  Attributes out = key_of(table.keys, item);
  if (index == nullptr) return out;
  for (const auto& [name, value] : key_of(index->keys, item)) out.set(name, value);
  return out;
}

class Walker {
 public:
  Walker(store::Reader& reader, const Walk& walk) : reader_(reader), walk_(walk) {}

  Page run() {
    for (const Stretch& stretch : walk_.stretches) {
      if (full_) break;
      const store::ScanRange range{
          .shard = stretch.shard, .from = stretch.range.from, .to = stretch.range.to};
      reader_.scan_each(range, {.direction = walk_.direction}, [&](std::string_view, std::string_view value) {
        take(value);
        return full_ ? store::Visit::kStop : store::Visit::kContinue;
      });
    }
    if (full_) page_.last_key = position_of(*walk_.table, walk_.index, decode_item(last_));
    return std::move(page_);
  }

 private:
  void take(std::string_view row) {
    ++page_.scanned;
    page_.bytes += size_of_stored(row);
    std::optional<std::string> whole;
    if (walk_.fetch == Walk::Fetch::kItems) whole = fetch(row);
    if (whole) row = *whole;
    const size_t read = page_.bytes + page_.fetched_bytes;
    full_ = static_cast<size_t>(page_.scanned) == walk_.limit || read >= kPageBytesMax;
    if (full_) last_ = row;
    keep(row);
  }

  // Values are made of a row only where something looks at them.
  void keep(std::string_view row) {
    if (!walk_.filter && !walk_.project) return page_.items.add(row);
    Attributes item = decode_item(row);
    if (!walk_.filter.matches(item)) return;
    if (!walk_.project) return page_.items.add(row);
    page_.items.add(encode_item(walk_.project(std::move(item))));
  }

  std::optional<std::string> fetch(std::string_view entry) {
    const ItemKey key = item_key(walk_.table->keys, decode_item(entry));
    auto bytes = reader_.get(Rows::items(*walk_.table).item(key));
    if (!bytes) return bytes;
    page_.fetched_bytes += size_of_stored(*bytes);
    page_.fetched_blocks += read_blocks(size_of_stored(*bytes));
    return bytes;
  }

  store::Reader& reader_;
  const Walk& walk_;
  Page page_;
  std::string last_;  // row
  bool full_ = false;
};

// The rows whose sort keys the condition allows, in one collection.
store::KeyRange range_of(const Rows& rows, const std::string& digest, const RangeCondition& condition) {
  using Kind = RangeCondition::Kind;
  const store::KeyRange whole = rows.collection(digest);
  const std::string sort = sort_bytes(&condition.value);
  const store::KeyRange at = rows.at({digest, sort});
  switch (condition.kind) {
    case Kind::kEqual: return at;
    case Kind::kLess: return {whole.from, at.from};
    case Kind::kLessOrEqual: return {whole.from, at.to};
    case Kind::kGreater: return {at.to, whole.to};
    case Kind::kGreaterOrEqual: return {at.from, whole.to};
    case Kind::kBetween: return {at.from, rows.at({digest, sort_bytes(&condition.upper)}).to};
    case Kind::kBeginsWith: return store::prefix_range(rows.prefix(digest, sort));
  }
  return whole;
}

// The first 64 bits of digests, split evenly.
std::string digest_from(uint32_t segment, uint32_t total) {
  const auto first = static_cast<uint64_t>((static_cast<unsigned __int128>(segment) << 64) / total);
  std::string out;
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(first >> shift);
  return out + std::string(8, '\0');
}

std::string row_of(const Table& table, const Index* index, const Attributes& key) {
  const ItemKey owner = item_key(table.keys, key);
  const Rows rows = rows_of(table, index);
  return index == nullptr ? rows.item(owner).bytes : rows.entry(item_key(index->keys, key), owner).bytes;
}

}  // namespace

Page walk(store::Reader& reader, const Walk& walk) { return Walker(reader, walk).run(); }

Units units_of(const Walk& walked, const Page& page, Consistency consistency) {
  Units out;
  if (walked.index == nullptr) {
    out.table = read_units(page.bytes, consistency);
  } else {
    out.indexes[walked.index->name] = read_units(page.bytes, consistency);
    out.table = static_cast<double>(page.fetched_blocks) * block_units(consistency);
  }
  return out;
}

Stretch stretch_of(const Table& table, const Index* index, const KeyCondition& condition) {
  const Rows rows = rows_of(table, index);
  const std::string digest = digest_of(condition.hash);
  Stretch out{.shard = rows.scope_of(digest).shard, .range = rows.collection(digest)};
  if (condition.range) out.range = range_of(rows, digest, *condition.range);
  return out;
}

std::vector<Stretch> stretches_of(const Table& table, const Index* index, uint32_t segment, uint32_t total) {
  const Rows rows = rows_of(table, index);
  const std::string from = digest_from(segment, total);
  const bool to_the_end = segment + 1 == total;
  const std::string to = to_the_end ? std::string() : digest_from(segment + 1, total);
  std::vector<Stretch> out;
  const size_t last = to_the_end ? kPartitions - 1 : partition_of(to);
  for (size_t partition = partition_of(from); partition <= last; ++partition) {
    Stretch stretch{.shard = rows.scope(partition).shard, .range = rows.all(partition)};
    if (partition == partition_of(from)) stretch.range.from = rows.collection(from).from;
    if (!to_the_end && partition == last) stretch.range.to = rows.collection(to).from;
    if (stretch.range.from < stretch.range.to) out.push_back(std::move(stretch));
  }
  return out;
}

bool start_after(const Table& table, const Index* index, const Attributes& key, store::Direction direction,
                 std::vector<Stretch>& stretches) {
  const Rows rows = rows_of(table, index);
  const std::string digest = item_key(keys_of(table, index), key).digest;
  const std::string row = row_of(table, index, key);
  const store::Shard shard = rows.scope_of(digest).shard;
  // Partitions come in the order of digests: those before the one of the key are done.
  const auto at = std::ranges::find_if(stretches, [&](const Stretch& stretch) {
    return stretch.shard == shard && stretch.range.from <= row && row < stretch.range.to;
  });
  if (at == stretches.end()) return false;
  if (direction == store::Direction::kForward) {
    at->range.from = store::key_after(row);
  } else {
    at->range.to = row;
  }
  stretches.erase(stretches.begin(), at);
  return true;
}

void require_projected_filter(const Table& table, const Index& index, const Predicate& filter) {
  const std::vector<std::string> absent = not_projected(table, index, filter.attributes());
  if (absent.empty()) return;
  refuse(
      fmt::format("One or more parameter values were invalid: Secondary index {} does not project one or "
                  "more filter attributes: [{}]",
                  index.name, fmt::join(absent, ", ")));
}

}  // namespace haneul::dynamodb
