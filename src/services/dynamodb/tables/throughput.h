// What a table and its global indexes may use at most when they are on demand, and how much they are warm
// for.
//
// Warm throughput only grows: what was asked for, what is provisioned, and what a table on demand begins
// with; a table here is as fast cold as warm, so it is a number that is kept and shown. Source: API
// reference, OnDemandThroughput; "Understanding DynamoDB warm throughput". Thread rule: pure functions.
#pragma once

#include "gen/dynamodb/types.h"
#include "services/dynamodb/tables/table.h"

namespace haneul::dynamodb {

// Whose capacity is told: of the table itself when there is no index; of one that is being made, or of one
// that is there.
struct CapacityOf {
  enum class Age : uint8_t { kNew, kThere };
  const Table& table;
  const Index* index = nullptr;
  Age age = Age::kThere;
};

// Changes what is given: -1 takes a limit away that is there. Refused for a table that is not on demand.
void set_maximum(const OnDemandThroughput& given, const CapacityOf& of, std::optional<Throughput>& maximum);
OnDemandThroughput maximum_shown(const Throughput& maximum);

// As it is shown; of the table itself when there is no index.
Throughput warm_of(const Table& table, const Index* index);
// Refuses to lower it.
void raise_warm(const WarmThroughput& given, const CapacityOf& of, std::optional<Throughput>& warm);
// Before a change of billing or capacity: what the table was warm for, it stays warm for.
void keep_warm(Table& table);

}  // namespace haneul::dynamodb
