// What a Predicate is made of: a tree without placeholders, ready to look at items. Made from expressions,
// from legacy parameters and from PartiQL. Thread rule: constant once made; any thread.
#pragma once

#include <cstdint>
#include <vector>

#include "services/dynamodb/expression/functions.h"
#include "services/dynamodb/expression/path.h"
#include "services/dynamodb/value/value.h"

namespace haneul::dynamodb {

struct PredicateOperand {
  enum class Kind : uint8_t { kPath, kValue, kSize };
  Kind kind = Kind::kValue;
  Path path;
  Value value;
  std::vector<PredicateOperand> sized;  // of kSize: the one operand whose size it is

  static PredicateOperand of(Path path);
  static PredicateOperand of(Value value);
  static PredicateOperand size_of(PredicateOperand operand);
};

enum class Comparison : uint8_t { kEqual, kNotEqual, kLess, kLessOrEqual, kGreater, kGreaterOrEqual };
std::string_view symbol_of(Comparison comparison);
bool comparison_of(std::string_view symbol, Comparison& out);

struct PredicateNode {
  enum class Kind : uint8_t {
    kOr,   // any of `parts`
    kAnd,  // all of `parts`
    kNot,  // of one part
    kCompare,
    kBetween,
    kIn,  // the first operand equals one of the others
    kExists,
    kNotExists,
    kHasType,
    kBeginsWith,
    kContains,
  };
  Kind kind = Kind::kAnd;
  Comparison comparison = Comparison::kEqual;  // of kCompare
  ValueType type = ValueType::kString;         // of kHasType
  std::vector<PredicateOperand> operands;
  std::vector<PredicateNode> parts;

  bool matches(const Attributes& item) const;
};

PredicateNode::Kind kind_of(FunctionId id);  // of those that are conditions

}  // namespace haneul::dynamodb
