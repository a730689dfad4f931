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

void set_limit(const std::optional<int64_t>& given, const char* name, const CapacityOf& of, int64_t& limit) {
  if (!given) return;
  const bool is_new = of.age == CapacityOf::Age::kNew;
  if (!of.table.on_demand) {
    invalid(is_new
                ? fmt::format("{} for OnDemandThroughput cannot be specified when table BillingMode is "
                              "PROVISIONED.",
                              name)
                : fmt::format("{} for OnDemandThroughput cannot be specified when the table BillingMode is "
                              "PROVISIONED",
                              name));
  }
  if (*given < 1 && (is_new || *given != kNoLimit)) {
    invalid(fmt::format("Requested {} for OnDemandThroughput for {} is outside of valid range", name,
                        of.index == nullptr ? "table" : "index : " + of.index->name));
  }
  limit = *given;
}

// Which part of the capacity is raised, and what the provisioned capacity calls it.
struct Part {
  const char* name;
  const char* provisioned;
};

std::string too_low(const Part& part, const CapacityOf& of) {
  if (of.age == CapacityOf::Age::kThere) {
    return "current WarmThroughput, decreasing WarmThroughput is not supported";
  }
  if (!of.table.on_demand) return fmt::format("{} of ProvisionedThroughput", part.provisioned);
  return "initial throughput for OnDemand. See: "
         "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/"
         "on-demand-capacity-mode.html#on-demand-capacity-mode-initial";
}

void raise(const std::optional<int64_t>& given, const Part& part, const CapacityOf& of, int64_t& units) {
  if (!given) return;
  if (*given < units) {
    invalid(fmt::format("Requested {} for WarmThroughput for {} is lower than {}", part.name,
                        of.index == nullptr ? "table" : "index " + of.index->name, too_low(part, of)));
  }
  units = *given;
}

}  // namespace

void set_maximum(const OnDemandThroughput& given, const CapacityOf& of, std::optional<Throughput>& maximum) {
  if (of.age == CapacityOf::Age::kThere && !given.max_read_request_units && !given.max_write_request_units) {
    invalid("OnDemandThroughput must have MaxReadRequestUnits, MaxWriteRequestUnits, or both");
  }
  Throughput limits = maximum.value_or(Throughput{.read = kNoLimit, .write = kNoLimit});
  set_limit(given.max_read_request_units, "MaxReadRequestUnits", of, limits.read);
  set_limit(given.max_write_request_units, "MaxWriteRequestUnits", of, limits.write);
  const bool any = limits.read != kNoLimit || limits.write != kNoLimit;
  maximum = any ? std::optional(limits) : std::nullopt;
}

OnDemandThroughput maximum_shown(const Throughput& maximum) {
  OnDemandThroughput out;
  if (maximum.read != kNoLimit) out.max_read_request_units = maximum.read;
  if (maximum.write != kNoLimit) out.max_write_request_units = maximum.write;
  return out;
}

Throughput warm_of(const Table& table, const Index* index) {
  const Throughput& provisioned = index == nullptr ? table.throughput : index->throughput;
  const Throughput base = table.on_demand ? kOnDemandWarm : provisioned;
  const Throughput kept = (index == nullptr ? table.warm : index->warm).value_or(Throughput{});
  return {.read = std::max(base.read, kept.read), .write = std::max(base.write, kept.write)};
}

void raise_warm(const WarmThroughput& given, const CapacityOf& of, std::optional<Throughput>& warm) {
  if (of.age == CapacityOf::Age::kThere && !given.read_units_per_second && !given.write_units_per_second) {
    invalid("WarmThroughput must have ReadUnitsPerSecond, WriteUnitsPerSecond, or both");
  }
  Throughput units = warm_of(of.table, of.index);
  raise(given.read_units_per_second, {"ReadUnitsPerSecond", "ReadCapacityUnits"}, of, units.read);
  raise(given.write_units_per_second, {"WriteUnitsPerSecond", "WriteCapacityUnits"}, of, units.write);
  warm = units;
}

void keep_warm(Table& table) {
  table.warm = warm_of(table, nullptr);
  for (Index& index : table.indexes) {
    if (!index.is_local()) index.warm = warm_of(table, &index);
  }
}

}  // namespace haneul::dynamodb
