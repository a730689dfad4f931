// Definitions: what CreateTable and UpdateTable may ask of keys, indexes and throughput, checked in the order
// and the words of DynamoDB. Thread rule: pure functions.
#pragma once

#include "gen/dynamodb/types.h"
#include "services/dynamodb/tables/table.h"

namespace haneul::dynamodb {

// Keys, attributes and indexes, without numbers.
void define_table(const CreateTableInput& input, Table& table);
Throughput throughput_from(const ProvisionedThroughput& given);
// An index that UpdateTable adds: its key attributes may be defined by the request.
Index define_global_index(const CreateGlobalSecondaryIndexAction& action, const Table& table);
void define_attributes(const std::vector<AttributeDefinition>& definitions, Table& table);
// Attributes that no key names: refused at creation, forgotten after an index is gone.
void forget_unused_attributes(Table& table);
// What is not supported is refused before anything else is looked at.
void require_supported(const CreateTableInput& input);
void require_supported(const UpdateTableInput& input);
void require_supported_stream(const StreamSpecification& stream);

}  // namespace haneul::dynamodb
