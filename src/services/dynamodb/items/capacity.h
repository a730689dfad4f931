// Capacity units of reads and writes. Source: "DynamoDB read and write operations", capacity unit
// consumption. Thread rule: pure functions.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "gen/dynamodb/types.h"
#include "services/dynamodb/items/change.h"
#include "services/dynamodb/tables/table.h"

namespace haneul::dynamodb {

enum class Consistency { kEventual, kStrong, kTransactional };

double write_units(size_t bytes);             // 1 KB each, at least one
double write_units(const Change& change);     // the larger of the item before and after
size_t read_blocks(size_t bytes);             // 4 KB each, at least one
double block_units(Consistency consistency);  // of one block: half of a unit when eventual
double read_units(size_t bytes, Consistency consistency);

// What requests are answered when they ask for it.
struct Units {
  double table = 0;
  std::map<std::string, double> indexes;
  void add(const Units& other);
};
enum class Direction { kRead, kWrite };
std::optional<ConsumedCapacity> consumed(const std::optional<std::string>& wish, const Table& table,
                                         const Units& units);

}  // namespace haneul::dynamodb
