// KeyCondition: which part of a table or index a Query reads: one hash key, and maybe a range of sort keys.
// Source: "Key condition expressions for the Query operation in DynamoDB". Thread rule: plain values.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/dynamodb/expression/placeholders.h"
#include "services/dynamodb/expression/predicate.h"

namespace haneul::dynamodb {

struct KeyNames {  // of the table or index that is queried
  std::string hash;
  std::optional<std::string> range;
};

struct RangeCondition {
  enum class Kind { kEqual, kLess, kLessOrEqual, kGreater, kGreaterOrEqual, kBetween, kBeginsWith } kind;
  Value value;  // the lower one of kBetween
  Value upper;  // of kBetween
};

struct KeyCondition {
  Value hash;
  std::optional<RangeCondition> range;
};

// A condition of a Query before it is held against keys; expressions, legacy KeyConditions and PartiQL end
// here.
struct KeyClause {
  std::string attribute;
  std::optional<RangeCondition> condition;  // nothing: one that no index can answer, such as NE
};

// The steps of parse_key_condition after the text has been read: what can be refused without knowing the
// keys, which DynamoDB does before it looks for the table, and what cannot.
std::vector<KeyClause> key_clauses_of(const Predicate& predicate);
KeyCondition key_condition_of(std::vector<KeyClause> clauses, const KeyNames& keys);

// Refuses what is no key condition of these keys ("Query condition missed key schema element: pk", "Query key
// condition not supported", ...). Types of values are the caller's to check.
KeyCondition parse_key_condition(std::string_view text, const KeyNames& keys, Placeholders& placeholders);

}  // namespace haneul::dynamodb
