// Definitions: what CreateTable and UpdateTable may ask of keys, indexes and throughput, checked in the order
// and the words of DynamoDB. Thread rule: pure functions.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "gen/dynamodb/types.h"
#include "services/dynamodb/tables/table.h"

namespace haneul::dynamodb {

// Keys, attributes and indexes, without numbers.
void define_table(const CreateTableInput& input, Table& table);
Throughput throughput_from(const ProvisionedThroughput& given);
using DefinedAttributes = std::map<std::string, ValueType>;
DefinedAttributes defined_by(const std::vector<AttributeDefinition>& definitions);
void add_attributes(const DefinedAttributes& attributes, Table& table);
// An index that UpdateTable adds: its key attributes are defined by the request, known to the table or not.
Index define_global_index(const CreateGlobalSecondaryIndexAction& action, const DefinedAttributes& attributes,
                          const Table& table);
// Attributes that no key names: refused at creation, forgotten after an index is gone.
void forget_unused_attributes(Table& table);
// What is not supported is refused before anything else is looked at.
void require_supported(const CreateTableInput& input);
void require_supported(const UpdateTableInput& input);
void require_table_class(const std::optional<std::string>& table_class);
void require_supported_stream(const StreamSpecification& stream);

}  // namespace haneul::dynamodb
