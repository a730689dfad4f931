#include "services/dynamodb/backups/target.h"

#include <set>

#include <fmt/format.h>

#include "model/common_errors.h"
#include "services/dynamodb/refusal.h"
#include "services/dynamodb/tables/definition.h"
#include "services/dynamodb/tables/throughput.h"

namespace haneul::dynamodb {
namespace {

[[noreturn]] void invalid(std::string_view what) {
  refuse(fmt::format("One or more parameter values were invalid: {}", what));
}

bool same_keys(const std::vector<KeySchemaElement>& schema, const KeySchema& keys) {
  if (schema.size() != (keys.range ? 2u : 1u)) return false;
  if (schema[0].attribute_name != keys.hash || schema[0].key_type != "HASH") return false;
  return !keys.range || (schema[1].attribute_name == *keys.range && schema[1].key_type == "RANGE");
}

bool same_projection(const Projection& projection, const Index& index) {
  const std::vector<std::string> none;
  const auto& names = projection.non_key_attributes ? *projection.non_key_attributes : none;
  return projection.projection_type == index.projection &&
         std::set(names.begin(), names.end()) == std::set(index.included.begin(), index.included.end());
}

// The index of the source that the request names, which must say of it what is true.
template <class Given>
Index index_of(const Table& source, const Given& given, Index::Kind kind) {
  const Index* index = source.index(given.index_name);
  if (index == nullptr || index->kind != kind || !same_keys(given.key_schema, index->keys) ||
      !same_projection(given.projection, *index)) {
    invalid(
        fmt::format("The index {} of the override is not an index of the source table", given.index_name));
  }
  return *index;
}

void add_index(Index index, Table& out) {
  if (out.index(index.name) != nullptr) invalid(fmt::format("Duplicate index name: {}", index.name));
  index.state = Index::State::kActive;
  out.indexes.push_back(std::move(index));
}

void add_indexes(const Table& source, const Overrides& overrides, Table& out) {
  if (overrides.local_indexes) {
    for (const LocalSecondaryIndex& given : *overrides.local_indexes) {
      add_index(index_of(source, given, Index::Kind::kLocal), out);
    }
  }
  for (const Index& index : source.indexes) {
    if (index.is_local() && !overrides.local_indexes) add_index(index, out);
  }
  if (overrides.global_indexes) {
    for (const GlobalSecondaryIndex& given : *overrides.global_indexes) {
      Index index = index_of(source, given, Index::Kind::kGlobal);
      if (given.provisioned_throughput) index.throughput = throughput_from(*given.provisioned_throughput);
      if (given.on_demand_throughput)
        set_maximum(*given.on_demand_throughput, {out, &index}, index.on_demand_max);
      if (given.warm_throughput) raise_warm(*given.warm_throughput, {out, &index}, index.warm);
      add_index(std::move(index), out);
    }
  }
  for (const Index& index : source.indexes) {
    if (!index.is_local() && !overrides.global_indexes) add_index(index, out);
  }
}

void set_throughput(const Overrides& overrides, Table& out) {
  if (overrides.on_demand_throughput) set_maximum(*overrides.on_demand_throughput, {out}, out.on_demand_max);
  if (out.on_demand) {
    if (overrides.throughput) {
      invalid(
          "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is "
          "PAY_PER_REQUEST");
    }
    out.throughput = {};
    for (Index& index : out.indexes) index.throughput = {};
    return;
  }
  out.on_demand_max.reset();
  for (Index& index : out.indexes) index.on_demand_max.reset();
  if (overrides.throughput) out.throughput = throughput_from(*overrides.throughput);
  const Throughput none;
  if (out.throughput == none) {
    invalid("ProvisionedThroughputOverride must be specified when BillingModeOverride is PROVISIONED");
  }
  // Indexes of a table that was on demand have no throughput of their own yet.
  for (Index& index : out.indexes) {
    if (!index.is_local() && index.throughput == none) index.throughput = out.throughput;
  }
}

}  // namespace

void require_supported(const Overrides& overrides) {
  CreateTableInput same;
  same.sse_specification = overrides.encryption;
  same.vector_indexes = overrides.vector_indexes;
  same.global_secondary_indexes = overrides.global_indexes;
  require_supported(same);
}

Table target_of(const Table& source, const Overrides& overrides) {
  Table out;
  out.keys = source.keys;
  out.attributes = source.attributes;
  out.on_demand = source.on_demand;
  out.throughput = source.throughput;
  out.on_demand_max = source.on_demand_max;
  out.table_class = source.table_class;
  if (overrides.billing_mode) out.on_demand = *overrides.billing_mode == "PAY_PER_REQUEST";
  add_indexes(source, overrides, out);
  set_throughput(overrides, out);
  forget_unused_attributes(out);
  return out;
}

}  // namespace haneul::dynamodb
