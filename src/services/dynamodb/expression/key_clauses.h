// The conditions of a Query, one per attribute, before they are held against the keys of a table or index.
// Expressions, legacy KeyConditions and PartiQL end here. Thread rule: plain values.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "services/dynamodb/expression/key_condition.h"

namespace haneul::dynamodb {

struct KeyClause {
  std::string attribute;
  std::optional<RangeCondition> condition;  // nothing: one that no index can answer, such as NE
};

KeyCondition key_condition_of(std::vector<KeyClause> clauses, const KeyNames& keys);

}  // namespace haneul::dynamodb
