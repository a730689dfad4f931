// What is refused of the operands of one comparison or function, as far as it is known without an item: that
// they are not distinct, or of types that it never takes. Thread rule: pure functions.
#pragma once

#include <string_view>

#include "services/dynamodb/expression/predicate_node.h"

namespace haneul::dynamodb {

// Of a node without parts. `parameter` names the expression in messages; empty, there is none to name.
void check_operands(const PredicateNode& node, std::string_view parameter);

// Makes the type of a kHasType node of its second operand, and takes the operand away.
void name_type(PredicateNode& node, std::string_view parameter);

}  // namespace haneul::dynamodb
