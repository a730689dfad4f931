// What a Modification is made of: actions without placeholders, ready for items. Made from UpdateExpressions,
// from legacy AttributeUpdates and from PartiQL. Thread rule: constant once made; any thread.
#pragma once

#include <cstdint>
#include <vector>

#include "services/dynamodb/expression/path.h"
#include "services/dynamodb/value/value.h"

namespace haneul::dynamodb {

struct UpdateOperand {
  enum class Kind : uint8_t {
    kValue,
    kPath,
    kIfNotExists,  // of two parts, the first one a path
    kListAppend,   // of two parts
    kPlus,         // of two parts
    kMinus,        // of two parts
  };
  Kind kind = Kind::kValue;
  Value value;
  Path path;
  std::vector<UpdateOperand> parts;
};

struct UpdateAction {
  enum class Kind : uint8_t { kSet, kRemove, kAdd, kDelete };
  Kind kind = Kind::kSet;
  size_t section = 0;  // problems of later sections are told first
  Path path;
  UpdateOperand operand;  // unless the kind is kRemove
};

struct ModificationPlan {
  // Legacy AttributeUpdates add to lists too, and have a sentence of their own for types that do not match.
  enum class Rules : uint8_t { kExpression, kLegacy };
  std::vector<UpdateAction> actions;
  Rules rules = Rules::kExpression;
};

}  // namespace haneul::dynamodb
