#include "services/dynamodb/tables/definition.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gen/dynamodb/errors.h"
#include "model/common_errors.h"
#include "services/dynamodb/limits.h"
#include "services/dynamodb/refusal.h"
#include "services/dynamodb/tables/throughput.h"

namespace haneul::dynamodb {
namespace {

[[noreturn]] void invalid(std::string_view what) {
  refuse(fmt::format("One or more parameter values were invalid: {}", what));
}

std::vector<std::string> names_of(const std::vector<KeySchemaElement>& schema) {
  std::vector<std::string> out;
  for (const KeySchemaElement& element : schema) out.push_back(element.attribute_name);
  return out;
}

std::vector<std::string> defined_names(const DefinedAttributes& attributes) {
  std::vector<std::string> out;
  for (const auto& [name, type] : attributes) out.push_back(name);
  return out;
}

KeySchema keys_from(const std::vector<KeySchemaElement>& schema, const DefinedAttributes& attributes) {
  const std::vector<std::string> names = names_of(schema);
  const auto defined = [&](const std::string& name) { return attributes.contains(name); };
  if (!std::ranges::all_of(names, defined)) {
    invalid(
        fmt::format("Some index key attributes are not defined in AttributeDefinitions. Keys: [{}], "
                    "AttributeDefinitions: [{}]",
                    fmt::join(names, ", "), fmt::join(defined_names(attributes), ", ")));
  }
  if (names.size() == 2 && names[0] == names[1]) {
    refuse("Both the Hash Key and the Range Key element in the KeySchema have the same name");
  }
  if (schema[0].key_type != "HASH") {
    refuse("Invalid KeySchema: The first KeySchemaElement is not a HASH key type");
  }
  if (schema.size() == 2 && schema[1].key_type != "RANGE") {
    refuse("Invalid KeySchema: The second KeySchemaElement is not a RANGE key type");
  }
  KeySchema out{.hash = names[0], .range = {}};
  if (names.size() == 2) out.range = names[1];
  return out;
}

void require_new_name(const Table& table, const std::string& name) {
  if (table.index(name) != nullptr) invalid(fmt::format("Duplicate index name: {}", name));
}

void read_projection(const Projection& projection, Index& index) {
  if (!projection.projection_type) invalid("Unknown ProjectionType: null");
  index.projection = *projection.projection_type;
  if (projection.non_key_attributes && index.projection != "INCLUDE") {
    invalid(fmt::format("ProjectionType is {}, but NonKeyAttributes is specified", index.projection));
  }
  if (!projection.non_key_attributes && index.projection == "INCLUDE") {
    invalid("ProjectionType is INCLUDE, but NonKeyAttributes is not specified");
  }
  if (!projection.non_key_attributes) return;
  index.included = *projection.non_key_attributes;
  std::set<std::string_view> seen;
  for (const std::string& name : index.included) {
    if (!seen.insert(name).second) invalid(fmt::format("Duplicate value in NonKeyAttributes: {}", name));
  }
}

void require_projected_names(const Table& table) {
  size_t count = 0;
  for (const Index& index : table.indexes) count += index.included.size();
  if (count > kProjectedNamesMax) {
    invalid(fmt::format("Total number of projected attributes across all indexes exceeds the limit of {}",
                        kProjectedNamesMax));
  }
}

void define_local(const LocalSecondaryIndex& given, Table& table) {
  Index index{.name = given.index_name,
              .kind = Index::Kind::kLocal,
              .keys = keys_from(given.key_schema, table.attributes)};
  if (!index.keys.range) {
    invalid(fmt::format("Index KeySchema does not have a range key for index: {}", index.name));
  }
  if (index.keys.hash != table.keys.hash) {
    invalid(fmt::format(
        "Index KeySchema does not have the same leading hash key as table KeySchema for index: {}. "
        "index hash key: {}, table hash key: {}",
        index.name, index.keys.hash, table.keys.hash));
  }
  read_projection(given.projection, index);
  require_new_name(table, index.name);
  table.indexes.push_back(std::move(index));
}

void define_locals(const std::vector<LocalSecondaryIndex>& given, Table& table) {
  if (given.empty()) invalid("List of LocalSecondaryIndexes is empty");
  if (!table.keys.range) {
    invalid(
        "Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex");
  }
  for (const LocalSecondaryIndex& index : given) define_local(index, table);
  if (given.size() > kLocalIndexesMax) {
    invalid(fmt::format("Number of LocalSecondaryIndexes exceeds per-table limit of {}", kLocalIndexesMax));
  }
}

// CreateTable's and UpdateTable's descriptions of a new index have the same members.
template <class Given>
Index global_from(const Given& given, const Table& table, const DefinedAttributes& attributes) {
  Index index{.name = given.index_name,
              .kind = Index::Kind::kGlobal,
              .keys = keys_from(given.key_schema, attributes)};
  read_projection(given.projection, index);
  if (table.on_demand && given.provisioned_throughput) {
    invalid(
        fmt::format("ProvisionedThroughput should not be specified for index: {} when BillingMode is "
                    "PAY_PER_REQUEST",
                    index.name));
  }
  if (!table.on_demand && !given.provisioned_throughput) {
    invalid(fmt::format(
        "ProvisionedThroughput must be specified for index: {} when BillingMode is PROVISIONED", index.name));
  }
  if (given.provisioned_throughput) index.throughput = throughput_from(*given.provisioned_throughput);
  const CapacityOf of{.table = table, .index = &index, .age = CapacityOf::Age::kNew};
  if (given.on_demand_throughput) set_maximum(*given.on_demand_throughput, of, index.on_demand_max);
  if (given.warm_throughput) raise_warm(*given.warm_throughput, of, index.warm);
  require_new_name(table, index.name);
  return index;
}

void define_globals(const std::vector<GlobalSecondaryIndex>& given, Table& table) {
  if (given.empty()) invalid("List of GlobalSecondaryIndexes is empty");
  for (const GlobalSecondaryIndex& index : given)
    table.indexes.push_back(global_from(index, table, table.attributes));
  if (given.size() > kGlobalIndexesMax) {
    invalid(fmt::format("GlobalSecondaryIndex count exceeds the per-table limit of {}", kGlobalIndexesMax));
  }
}

void require_plain_encryption(const std::optional<SSESpecification>& sse) {
  if (sse && (sse->enabled.value_or(false) || sse->kms_master_key_id || sse->sse_type)) {
    throw model::NotImplemented("SSESpecification: there is no key service yet");
  }
}

bool is_hash(const Table& table, const std::string& name) {
  return table.keys.hash == name ||
         std::ranges::any_of(table.indexes, [&](const Index& index) { return index.keys.hash == name; });
}

std::set<std::string> names_in_keys(const Table& table) {
  std::set<std::string> out;
  const auto add = [&](const KeySchema& keys) {
    out.insert(keys.hash);
    if (keys.range) out.insert(*keys.range);
  };
  add(table.keys);
  for (const Index& index : table.indexes) add(index.keys);
  return out;
}

void require_all_used(const Table& table) {
  const std::set<std::string> used = names_in_keys(table);
  if (used.size() == table.attributes.size()) return;
  if (table.indexes.empty()) {
    invalid(
        "Number of attributes in KeySchema does not exactly match number of attributes defined in "
        "AttributeDefinitions");
  }
  invalid(fmt::format("Some AttributeDefinitions are not used. AttributeDefinitions: [{}], keys used: [{}]",
                      fmt::join(defined_names(table.attributes), ", "), fmt::join(used, ", ")));
}

}  // namespace

Throughput throughput_from(const ProvisionedThroughput& given) {
  for (const auto& [name, units] : {std::pair("ReadCapacityUnits", given.read_capacity_units),
                                    std::pair("WriteCapacityUnits", given.write_capacity_units)}) {
    if (units > kThroughputMax) refuse(fmt::format("Given value {} for {} is out of bounds", units, name));
  }
  return {.read = given.read_capacity_units, .write = given.write_capacity_units};
}

DefinedAttributes defined_by(const std::vector<AttributeDefinition>& definitions) {
  DefinedAttributes out;
  for (const AttributeDefinition& definition : definitions) {
    ValueType type{};
    type_of_code(definition.attribute_type, type);
    if (out.emplace(definition.attribute_name, type).second) continue;
    refuse(fmt::format("Attribute Name is duplicated: {}", definition.attribute_name));
  }
  return out;
}

void add_attributes(const DefinedAttributes& attributes, Table& table) {
  for (const auto& [name, type] : attributes) {
    const auto [at, fresh] = table.attributes.emplace(name, type);
    if (fresh || at->second == type) continue;
    const auto schema = [&](ValueType held) {
      return fmt::format("Schema:[SchemaElement: key{{{}:{}:{}}}]", name, type_code(held),
                         is_hash(table, name) ? "HASH" : "RANGE");
    };
    invalid(
        fmt::format("Attributes cannot be redefined. Please check that your attribute has the same type as "
                    "previously defined. Existing schema: {} New schema: {}",
                    schema(at->second), schema(type)));
  }
}

void define_table(const CreateTableInput& input, Table& table) {
  if (!input.attribute_definitions || !input.key_schema) {
    invalid("AttributeDefinitions and KeySchema of the table are required");
  }
  table.attributes = defined_by(*input.attribute_definitions);
  if (input.key_schema->size() > table.attributes.size()) {
    refuse("Invalid KeySchema: Some index key attribute have no definition");
  }
  table.keys = keys_from(*input.key_schema, table.attributes);
  if (input.local_secondary_indexes) define_locals(*input.local_secondary_indexes, table);
  if (input.global_secondary_indexes) define_globals(*input.global_secondary_indexes, table);
  require_all_used(table);
  require_projected_names(table);
}

Index define_global_index(const CreateGlobalSecondaryIndexAction& action, const DefinedAttributes& attributes,
                          const Table& table) {
  if (table.index(action.index_name) != nullptr) {
    invalid(fmt::format("Attempting to create an index which already exists: {}", action.index_name));
  }
  Index index = global_from(action, table, attributes);
  Table with = table;
  with.indexes.push_back(index);
  require_projected_names(with);
  const auto globals = std::ranges::count(with.indexes, Index::Kind::kGlobal, &Index::kind);
  if (static_cast<size_t>(globals) > kGlobalIndexesMax) {
    throw LimitExceededException(fmt::format(
        "Subscriber limit exceeded: Number of global secondary indexes exceeds per-table limit of {}",
        kGlobalIndexesMax));
  }
  return index;
}

void forget_unused_attributes(Table& table) {
  const std::set<std::string> used = names_in_keys(table);
  std::erase_if(table.attributes, [&](const auto& entry) { return !used.contains(entry.first); });
}

void require_supported(const CreateTableInput& input) {
  if (input.vector_indexes) throw model::NotImplemented("VectorIndexes are not supported");
  if (input.global_table_source_arn || input.global_table_settings_replication_mode) {
    throw model::NotImplemented("Global tables are not supported");
  }
  require_plain_encryption(input.sse_specification);
}

void require_supported(const UpdateTableInput& input) {
  if (input.replica_updates || input.multi_region_consistency || input.global_table_witness_updates ||
      input.global_table_settings_replication_mode || input.disassociation_protection_enabled) {
    throw model::NotImplemented("Global tables are not supported");
  }
  if (input.vector_index_updates) throw model::NotImplemented("VectorIndexes are not supported");
  require_plain_encryption(input.sse_specification);
}

void require_table_class(const std::optional<std::string>& table_class) {
  if (!table_class || *table_class == "STANDARD" || *table_class == "STANDARD_INFREQUENT_ACCESS") return;
  refuse(
      "Invalid table-class parameter provided. Please try again with a valid table-class value: [STANDARD, "
      "STANDARD_INFREQUENT_ACCESS].");
}

void require_supported_stream(const StreamSpecification& stream) {
  if (stream.stream_enabled && !stream.stream_view_type) {
    invalid("StreamViewType must be specified when StreamEnabled is true");
  }
  if (!stream.stream_enabled && stream.stream_view_type) {
    invalid("StreamViewType must not be specified when StreamEnabled is false");
  }
}

}  // namespace haneul::dynamodb
