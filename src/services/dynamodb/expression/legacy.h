// The parameters from before expressions, turned into what expressions become: Expected, QueryFilter and
// ScanFilter with ConditionalOperator, KeyConditions, AttributeUpdates, AttributesToGet.
// Source: "Legacy DynamoDB conditional parameters". Thread rule: pure functions.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "gen/dynamodb/types.h"
#include "services/dynamodb/expression/key_condition.h"
#include "services/dynamodb/expression/modification.h"
#include "services/dynamodb/expression/predicate.h"
#include "services/dynamodb/expression/selection.h"

namespace haneul::dynamodb {

// A ConditionalOperator joins two conditions or more.
void require_joined(const std::optional<std::string>& conditional_operator, size_t conditions);
Predicate condition_of_expected(const std::map<std::string, ExpectedAttributeValue>& expected,
                                const std::optional<std::string>& conditional_operator);
// QueryFilter and ScanFilter.
Predicate condition_of_filter(const std::map<std::string, Condition>& filter,
                              const std::optional<std::string>& conditional_operator);
// In two steps, as it is done for expressions, or in one.
std::vector<KeyClause> key_clauses_of(const std::map<std::string, Condition>& conditions);
KeyCondition key_condition_of(const std::map<std::string, Condition>& conditions, const KeyNames& keys);
// An action without a value, a wrong type for an action, and their like are refused as DynamoDB does.
Modification update_of_legacy(const std::map<std::string, AttributeValueUpdate>& updates);
Selection projection_of(const std::vector<std::string>& attributes_to_get);

}  // namespace haneul::dynamodb
