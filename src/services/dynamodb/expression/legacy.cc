// Conditions from before expressions. Their operators are those of expressions under other names, except that
// a missing attribute never satisfies NOT_CONTAINS.
#include "services/dynamodb/expression/legacy.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "services/dynamodb/expression/compare.h"
#include "services/dynamodb/expression/predicate_node.h"
#include "services/dynamodb/refusal.h"
#include "services/dynamodb/value/wire.h"

namespace haneul::dynamodb {
namespace {

using Node = PredicateNode;
using Range = RangeCondition::Kind;

enum class Accepts : uint8_t { kAny, kOrdered, kPrefix };

struct Operator {
  std::string_view name;
  size_t least, most;  // values
  Accepts accepts;
  Node::Kind node;
  Comparison comparison = Comparison::kEqual;
  std::optional<Range> range = {};  // of a key condition
};

constexpr size_t kInMost = 100;
constexpr std::array<Operator, 13> kOperators = {{
    {"EQ", 1, 1, Accepts::kAny, Node::Kind::kCompare, Comparison::kEqual, Range::kEqual},
    {"NE", 1, 1, Accepts::kAny, Node::Kind::kCompare, Comparison::kNotEqual},
    {"LE", 1, 1, Accepts::kOrdered, Node::Kind::kCompare, Comparison::kLessOrEqual, Range::kLessOrEqual},
    {"LT", 1, 1, Accepts::kOrdered, Node::Kind::kCompare, Comparison::kLess, Range::kLess},
    {"GE", 1, 1, Accepts::kOrdered, Node::Kind::kCompare, Comparison::kGreaterOrEqual,
     Range::kGreaterOrEqual},
    {"GT", 1, 1, Accepts::kOrdered, Node::Kind::kCompare, Comparison::kGreater, Range::kGreater},
    {"BETWEEN", 2, 2, Accepts::kOrdered, Node::Kind::kBetween, Comparison::kEqual, Range::kBetween},
    {"IN", 1, kInMost, Accepts::kOrdered, Node::Kind::kIn},
    {"NOT_NULL", 0, 0, Accepts::kAny, Node::Kind::kExists},
    {"NULL", 0, 0, Accepts::kAny, Node::Kind::kNotExists},
    {"CONTAINS", 1, 1, Accepts::kOrdered, Node::Kind::kContains},
    {"NOT_CONTAINS", 1, 1, Accepts::kOrdered, Node::Kind::kNot},
    {"BEGINS_WITH", 1, 1, Accepts::kPrefix, Node::Kind::kBeginsWith, Comparison::kEqual, Range::kBeginsWith},
}};

[[noreturn]] void invalid(std::string_view what) {
  refuse(fmt::format("One or more parameter values were invalid: {}", what));
}

const Operator& operator_named(const std::string& name) {
  const auto* at = std::ranges::find(kOperators, name, &Operator::name);
  if (at == kOperators.end()) invalid(fmt::format("Unsupported ComparisonOperator: {}", name));
  return *at;
}

bool accepts(Accepts what, ValueType type) {
  switch (what) {
    case Accepts::kAny: return true;
    case Accepts::kOrdered: return is_ordered(type);
    case Accepts::kPrefix: return type == ValueType::kString || type == ValueType::kBinary;
  }
  return false;
}

std::vector<Value> values_of(const std::optional<std::vector<Document>>& wire) {
  std::vector<Value> out;
  if (!wire) return out;
  for (const Document& value : *wire) out.push_back(value_from(value));
  return out;
}

void check_values(const Operator& with, const std::vector<Value>& values) {
  if (values.size() < with.least || values.size() > with.most) {
    invalid(fmt::format("Invalid number of argument(s) for the {} ComparisonOperator", with.name));
  }
  for (const Value& value : values) {
    if (value.type() != values[0].type()) {
      invalid("AttributeValues inside AttributeValueList must be of same type");
    }
  }
  for (const Value& value : values) {
    if (accepts(with.accepts, value.type())) continue;
    invalid(fmt::format("ComparisonOperator {} is not valid for {} AttributeValue type", with.name,
                        type_code(value.type())));
  }
  if (with.node != Node::Kind::kBetween) return;
  if (order_of(values[0], values[1]) == std::strong_ordering::greater) {
    refuse(
        "The BETWEEN condition was provided a range where the lower bound is greater than the upper bound");
  }
}

Node leaf(Node::Kind kind, const std::string& attribute, std::vector<Value> values) {
  Node out;
  out.kind = kind;
  out.operands.push_back(PredicateOperand::of(Path{.root = attribute, .rest = {}}));
  for (Value& value : values) out.operands.push_back(PredicateOperand::of(std::move(value)));
  return out;
}

Node lacks(const std::string& attribute, std::vector<Value> values) {
  Node negated;
  negated.kind = Node::Kind::kNot;
  negated.parts.push_back(leaf(Node::Kind::kContains, attribute, std::move(values)));
  Node out;
  out.kind = Node::Kind::kAnd;
  out.parts.push_back(leaf(Node::Kind::kExists, attribute, {}));
  out.parts.push_back(std::move(negated));
  return out;
}

Node node_of(const Operator& with, const std::string& attribute, std::vector<Value> values) {
  if (with.node == Node::Kind::kNot) return lacks(attribute, std::move(values));
  Node out = leaf(with.node, attribute, std::move(values));
  out.comparison = with.comparison;
  return out;
}

Predicate joined(std::vector<Node> parts, const std::optional<std::string>& conditional_operator) {
  if (parts.empty()) return {};
  if (parts.size() == 1) return Predicate(std::make_shared<const Node>(std::move(parts[0])));
  Node out;
  out.kind = conditional_operator == "OR" ? Node::Kind::kOr : Node::Kind::kAnd;
  out.parts = std::move(parts);
  return Predicate(std::make_shared<const Node>(std::move(out)));
}

Node with_operator(const std::string& attribute, const ExpectedAttributeValue& expected) {
  const Operator& with = operator_named(*expected.comparison_operator);
  if (expected.exists) {
    invalid(
        fmt::format("Exists and ComparisonOperator cannot be used together for Attribute: {}", attribute));
  }
  if (with.most > 0 && !expected.value && !expected.attribute_value_list) {
    invalid(
        fmt::format("Value or AttributeValueList must be used with ComparisonOperator: {} for Attribute: {}",
                    with.name, attribute));
  }
  std::vector<Value> values = values_of(expected.attribute_value_list);
  if (expected.value) values.push_back(value_from(*expected.value));
  check_values(with, values);
  return node_of(with, attribute, std::move(values));
}

Node without_operator(const std::string& attribute, const ExpectedAttributeValue& expected) {
  if (expected.attribute_value_list) {
    invalid(fmt::format("AttributeValueList can only be used with a ComparisonOperator for Attribute: {}",
                        attribute));
  }
  const bool exists = expected.exists.value_or(true);
  if (exists && !expected.value) {
    invalid(fmt::format("Value must be provided when Exists is {} for Attribute: {}",
                        expected.exists ? "true" : "null", attribute));
  }
  if (!exists && expected.value) {
    invalid(fmt::format("Value cannot be used when Exists is false for Attribute: {}", attribute));
  }
  if (!exists) return leaf(Node::Kind::kNotExists, attribute, {});
  return leaf(Node::Kind::kCompare, attribute, {value_from(*expected.value)});
}

}  // namespace

void require_joined(const std::optional<std::string>& conditional_operator, size_t conditions) {
  if (!conditional_operator || conditions > 1) return;
  refuse(conditions == 0
             ? "ConditionalOperator cannot be used without Filter or Expected"
             : "ConditionalOperator can only be used when Filter or Expected has two or more elements");
}

Predicate condition_of_expected(const std::map<std::string, ExpectedAttributeValue>& expected,
                                const std::optional<std::string>& conditional_operator) {
  std::vector<Node> parts;
  for (const auto& [attribute, one] : expected) {
    if (one.attribute_value_list && one.value) {
      invalid(
          fmt::format("Value and AttributeValueList cannot be used together for Attribute: {}", attribute));
    }
    parts.push_back(one.comparison_operator ? with_operator(attribute, one)
                                            : without_operator(attribute, one));
  }
  return joined(std::move(parts), conditional_operator);
}

Predicate condition_of_filter(const std::map<std::string, Condition>& filter,
                              const std::optional<std::string>& conditional_operator) {
  std::vector<Node> parts;
  for (const auto& [attribute, condition] : filter) {
    const Operator& with = operator_named(condition.comparison_operator);
    std::vector<Value> values = values_of(condition.attribute_value_list);
    check_values(with, values);
    parts.push_back(node_of(with, attribute, std::move(values)));
  }
  return joined(std::move(parts), conditional_operator);
}

std::vector<KeyClause> key_clauses_of(const std::map<std::string, Condition>& conditions) {
  std::vector<KeyClause> clauses;
  for (const auto& [attribute, condition] : conditions) {
    const Operator& with = operator_named(condition.comparison_operator);
    std::vector<Value> values = values_of(condition.attribute_value_list);
    check_values(with, values);
    KeyClause clause{.attribute = attribute, .condition = {}};
    if (with.range) {
      clause.condition = {.kind = *with.range,
                          .value = std::move(values[0]),
                          .upper = values.size() > 1 ? std::move(values[1]) : Value()};
    }
    clauses.push_back(std::move(clause));
  }
  if (clauses.empty() || clauses.size() > 2) refuse("Conditions can be of length 1 or 2 only");
  return clauses;
}

KeyCondition key_condition_of(const std::map<std::string, Condition>& conditions, const KeyNames& keys) {
  return key_condition_of(key_clauses_of(conditions), keys);
}

}  // namespace haneul::dynamodb
