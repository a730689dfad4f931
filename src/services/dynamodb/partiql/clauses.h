// The clauses of PartiQL statements that become what expressions become. Thread rule: one thread's.
#pragma once

#include "services/dynamodb/expression/modification_plan.h"
#include "services/dynamodb/expression/predicate_node.h"
#include "services/dynamodb/partiql/reader.h"

namespace haneul::dynamodb::partiql {

PredicateNode read_condition(Reader& in);  // after WHERE

bool at_change(const Reader& in);           // at SET or REMOVE
ModificationPlan read_changes(Reader& in);  // one SET or REMOVE, or more

}  // namespace haneul::dynamodb::partiql
