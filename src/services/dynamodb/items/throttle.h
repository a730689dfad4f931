// Throttle: holds requests to the capacity of their tables and global indexes, when the operator wants that
// ("haneul serve --throttle-tables"). Provisioned capacity, and the maxima of tables on demand, are buckets
// that hold what 300 seconds leave unused; a bucket begins full. What a request uses is known when it is
// done, so a request is let in while its buckets are not empty, and they go below nothing by what it used.
//
// Buckets are in memory: they are full again after a restart. Units are counted exactly, in thousandths.
// Source: "Burst capacity", "Troubleshooting throttling in Amazon DynamoDB". Thread rule: any thread.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/clock.h"
#include "model/error.h"
#include "services/dynamodb/items/capacity.h"

namespace haneul::dynamodb {

class Throttle {
 public:
  explicit Throttle(const Clock& clock) : clock_(clock) {}

  // Throws ProvisionedThroughputExceededException, or ThrottlingException of a table on demand, when nothing
  // is left. Local indexes use the capacity of their table.
  void admit(const Table& table, const Index* index, Direction direction);
  bool admits(const Table& table, const Index* index, Direction direction);
  // Of each global index that a write has used.
  void admit_indexes(const Table& table, const Units& used);
  void charge(const Table& table, const Units& used, Direction direction);

 private:
  struct Bucket {
    int64_t rate = 0;  // units of a second
    int64_t thousandths = 0;
    Timestamp at;  // when it had that
  };
  // Null: without a limit.
  Bucket* find(const Table& table, const Index* index, Direction direction);
  void refill(Bucket& bucket, int64_t rate) const;

  const Clock& clock_;
  std::mutex mutex_;
  std::unordered_map<uint64_t, Bucket> reads_, writes_;  // by the number of the table or index
};

// For reads, where the throttle may be absent.
inline void admit_read(Throttle* throttle, const Table& table, const Index* index = nullptr) {
  if (throttle != nullptr) throttle->admit(table, index, Direction::kRead);
}
inline void charge_read(Throttle* throttle, const Table& table, const Units& used) {
  if (throttle != nullptr) throttle->charge(table, used, Direction::kRead);
}

// Whether an error is a throttle's.
bool is_throttled(const model::ServiceError& error);

}  // namespace haneul::dynamodb
