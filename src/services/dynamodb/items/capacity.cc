#include "services/dynamodb/items/capacity.h"

#include <algorithm>
#include <cmath>

namespace haneul::dynamodb {
namespace {

constexpr double kWriteUnitBytes = 1024;
constexpr size_t kReadBlockBytes = 4096;

std::map<std::string, Capacity> capacities(const Table& table, const Units& units, Index::Kind kind) {
  std::map<std::string, Capacity> out;
  for (const auto& [name, used] : units.indexes) {
    const Index* index = table.index(name);
    if (index != nullptr && index->kind == kind) out[name].capacity_units = used;
  }
  return out;
}

}  // namespace

double write_units(size_t bytes) {
  return std::max(1.0, std::ceil(static_cast<double>(bytes) / kWriteUnitBytes));
}

double write_units(const Change& change) {
  return write_units(
      std::max(change.before ? size_of(*change.before) : 0, change.after ? size_of(*change.after) : 0));
}

size_t read_blocks(size_t bytes) {
  return std::max<size_t>(1, (bytes + kReadBlockBytes - 1) / kReadBlockBytes);
}

double block_units(Consistency consistency) {
  switch (consistency) {
    case Consistency::kEventual: return 0.5;
    case Consistency::kStrong: return 1;
    case Consistency::kTransactional: return 2;
  }
  return 1;
}

double read_units(size_t bytes, Consistency consistency) {
  return static_cast<double>(read_blocks(bytes)) * block_units(consistency);
}

void Units::add(const Units& other) {
  table += other.table;
  for (const auto& [name, used] : other.indexes) indexes[name] += used;
}

std::optional<ConsumedCapacity> consumed(const std::optional<std::string>& wish, const Table& table,
                                         const Units& units) {
  if (!wish || *wish == "NONE") return std::nullopt;
  ConsumedCapacity out;
  out.table_name = table.where.name;
  out.capacity_units = units.table;
  for (const auto& [name, used] : units.indexes) *out.capacity_units += used;
  if (*wish != "INDEXES") return out;
  out.table.emplace().capacity_units = units.table;
  auto local = capacities(table, units, Index::Kind::kLocal);
  auto global = capacities(table, units, Index::Kind::kGlobal);
  if (!local.empty()) out.local_secondary_indexes = std::move(local);
  if (!global.empty()) out.global_secondary_indexes = std::move(global);
  return out;
}

}  // namespace haneul::dynamodb
