#include "services/dynamodb/tables/throughput.h"

#include <algorithm>

#include <fmt/format.h>

#include "services/dynamodb/refusal.h"

namespace haneul::dynamodb {
namespace {

constexpr Throughput kOnDemandWarm{.read = 12000, .write = 4000};
constexpr int64_t kNoLimit = -1;

[[noreturn]] void invalid(std::string_view what) {
  refuse(fmt::format("One or more parameter values were invalid: {}", what));
}

void set_limit(const std::optional<int64_t>& given, const char* name, int64_t& limit) {
  if (!given) return;
  if (*given < 1 && *given != kNoLimit) invalid(fmt::format("{} must be at least 1, or -1 for none", name));
  limit = *given;
}

std::string named(const Table& table, const Index* index) {
  return index == nullptr ? "table " + table.where.name : "index " + index->name;
}

void raise(const std::optional<int64_t>& given, const char* name, const std::string& of, int64_t& units) {
  if (!given) return;
  if (*given < units) {
    invalid(
        fmt::format("Requested {} for WarmThroughput for {} is lower than current WarmThroughput, decreasing "
                    "WarmThroughput is not supported",
                    name, of));
  }
  units = *given;
}

}  // namespace

void set_maximum(const OnDemandThroughput& given, const Table& table, std::optional<Throughput>& maximum) {
  if (!table.on_demand)
    invalid("OnDemandThroughput can only be specified when BillingMode is PAY_PER_REQUEST");
  if (!given.max_read_request_units && !given.max_write_request_units) {
    invalid("OnDemandThroughput must have MaxReadRequestUnits, MaxWriteRequestUnits, or both");
  }
  Throughput limits = maximum.value_or(Throughput{.read = kNoLimit, .write = kNoLimit});
  set_limit(given.max_read_request_units, "MaxReadRequestUnits", limits.read);
  set_limit(given.max_write_request_units, "MaxWriteRequestUnits", limits.write);
  const bool any = limits.read != kNoLimit || limits.write != kNoLimit;
  maximum = any ? std::optional(limits) : std::nullopt;
}

OnDemandThroughput maximum_shown(const Throughput& maximum) {
  OnDemandThroughput out;
  out.max_read_request_units = maximum.read;
  out.max_write_request_units = maximum.write;
  return out;
}

Throughput warm_of(const Table& table, const Index* index) {
  const Throughput& provisioned = index == nullptr ? table.throughput : index->throughput;
  const Throughput base = table.on_demand ? kOnDemandWarm : provisioned;
  const Throughput kept = (index == nullptr ? table.warm : index->warm).value_or(Throughput{});
  return {.read = std::max(base.read, kept.read), .write = std::max(base.write, kept.write)};
}

void raise_warm(const WarmThroughput& given, const Table& table, const Index* index,
                std::optional<Throughput>& warm) {
  if (!given.read_units_per_second && !given.write_units_per_second) {
    invalid("WarmThroughput must have ReadUnitsPerSecond, WriteUnitsPerSecond, or both");
  }
  Throughput units = warm_of(table, index);
  const std::string of = named(table, index);
  raise(given.read_units_per_second, "ReadUnitsPerSecond", of, units.read);
  raise(given.write_units_per_second, "WriteUnitsPerSecond", of, units.write);
  warm = units;
}

void keep_warm(Table& table) {
  table.warm = warm_of(table, nullptr);
  for (Index& index : table.indexes) {
    if (!index.is_local()) index.warm = warm_of(table, &index);
  }
}

}  // namespace haneul::dynamodb
