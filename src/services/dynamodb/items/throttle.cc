#include "services/dynamodb/items/throttle.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "gen/dynamodb/errors.h"

namespace haneul::dynamodb {
namespace {

constexpr int64_t kBurstSeconds = 300;
constexpr int64_t kThousand = 1000;
constexpr size_t kBucketsMax = 65536;

// A bucket of its own have tables and global indexes.
const Index* own(const Index* index) { return index == nullptr || index->is_local() ? nullptr : index; }

// Units of a second; nothing: no limit.
std::optional<int64_t> limit_of(const Table& table, const Index* index, Direction direction) {
  const Throughput& provisioned = index == nullptr ? table.throughput : index->throughput;
  const auto& maximum = index == nullptr ? table.on_demand_max : index->on_demand_max;
  if (!table.on_demand) return direction == Direction::kRead ? provisioned.read : provisioned.write;
  if (!maximum) return std::nullopt;
  const int64_t units = direction == Direction::kRead ? maximum->read : maximum->write;
  return units < 0 ? std::nullopt : std::optional(units);
}

Document reasons_of(const Table& table, const Index* index, Direction direction) {
  const std::string reason = fmt::format(
      "{}{}{}", index == nullptr ? "Table" : "Index", direction == Direction::kRead ? "Read" : "Write",
      table.on_demand ? "MaxOnDemandThroughputExceeded" : "ProvisionedThroughputExceeded");
  const std::string resource = index == nullptr ? table.arn() : table.arn() + "/index/" + index->name;
  return Document::Array{Document::Object{{"reason", reason}, {"resource", resource}}};
}

[[noreturn]] void refuse_more(const Table& table, const Index* index, Direction direction) {
  if (table.on_demand) {
    ThrottlingException error(
        "Throughput exceeds the maximum OnDemandThroughput configured on table or index");
    error.with("throttlingReasons", reasons_of(table, index, direction));
    throw error;
  }
  ProvisionedThroughputExceededException error(
      index == nullptr
          ? "The level of configured provisioned throughput for the table was exceeded. Consider increasing "
            "your provisioning level with the UpdateTable API."
          : "The level of configured provisioned throughput for one or more global secondary indexes of the "
            "table was exceeded. Consider increasing your provisioning level for the under-provisioned "
            "global "
            "secondary indexes with the UpdateTable API");
  error.with("ThrottlingReasons", reasons_of(table, index, direction));
  throw error;
}

}  // namespace

Throttle::Bucket* Throttle::find(const Table& table, const Index* index, Direction direction) {
  const auto limit = limit_of(table, index, direction);
  if (!limit) return nullptr;
  auto& buckets = direction == Direction::kRead ? reads_ : writes_;
  if (buckets.size() > kBucketsMax) buckets.clear();
  const auto [at, fresh] = buckets.try_emplace(index == nullptr ? table.number : index->number);
  Bucket& bucket = at->second;
  if (fresh) bucket = {.rate = *limit, .thousandths = *limit * kBurstSeconds * kThousand, .at = clock_.now()};
  refill(bucket, *limit);
  return &bucket;
}

// What the time since has given, at the rate that was; then no more than the rate that is now allows.
void Throttle::refill(Bucket& bucket, int64_t rate) const {
  const Timestamp now = clock_.now();
  constexpr Milliseconds kMost = Seconds(kBurstSeconds);
  const Milliseconds passed = std::clamp(now - bucket.at, Milliseconds(0), kMost);
  bucket.thousandths += bucket.rate * passed.count();  // thousandths of a unit in a thousandth of a second
  bucket.thousandths = std::min(bucket.thousandths, rate * kBurstSeconds * kThousand);
  bucket.rate = rate;
  bucket.at = std::max(bucket.at, now);
}

bool Throttle::admits(const Table& table, const Index* index, Direction direction) {
  const std::lock_guard lock(mutex_);
  const Bucket* bucket = find(table, own(index), direction);
  return bucket == nullptr || bucket->thousandths > 0;
}

void Throttle::admit(const Table& table, const Index* index, Direction direction) {
  if (!admits(table, index, direction)) refuse_more(table, own(index), direction);
}

void Throttle::admit_indexes(const Table& table, const Units& used) {
  for (const auto& [name, units] : used.indexes) {
    const Index* index = own(table.index(name));
    if (index != nullptr && units > 0) admit(table, index, Direction::kWrite);
  }
}

void Throttle::charge(const Table& table, const Units& used, Direction direction) {
  const std::lock_guard lock(mutex_);
  const auto take = [&](const Index* index, double units) {
    Bucket* bucket = find(table, index, direction);
    if (bucket != nullptr) bucket->thousandths -= std::llround(units * kThousand);
  };
  double of_table = used.table;
  for (const auto& [name, units] : used.indexes) {
    if (const Index* index = own(table.index(name))) {
      take(index, units);
    } else {
      of_table += units;
    }
  }
  if (of_table > 0) take(nullptr, of_table);
}

bool is_throttled(const model::ServiceError& error) {
  return &error.shape() == &error_shapes::kProvisionedThroughputExceededException ||
         &error.shape() == &error_shapes::kThrottlingException;
}

}  // namespace haneul::dynamodb
