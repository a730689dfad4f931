// Key conditions have the grammar of conditions; what of it they may use is checked here, in the order of the
// text, and then held against the keys.
#include "services/dynamodb/expression/key_condition.h"

#include <algorithm>

#include <fmt/format.h>

#include "services/dynamodb/expression/predicate_node.h"
#include "services/dynamodb/refusal.h"

namespace haneul::dynamodb {
namespace {

using Node = PredicateNode;
using Operand = PredicateOperand;
using Range = RangeCondition::Kind;

[[noreturn]] void invalid_operator(std::string_view what) {
  refuse(fmt::format("Invalid operator used in KeyConditionExpression: {}", what));
}

[[noreturn]] void invalid_condition(std::string_view what) {
  refuse(fmt::format("Invalid condition in KeyConditionExpression: {}", what));
}

void check_operator(const Node& node) {
  switch (node.kind) {
    case Node::Kind::kOr: invalid_operator("OR");
    case Node::Kind::kNot: invalid_operator("NOT");
    case Node::Kind::kIn: invalid_operator("IN");
    case Node::Kind::kExists: invalid_operator("attribute_exists");
    case Node::Kind::kNotExists: invalid_operator("attribute_not_exists");
    case Node::Kind::kHasType: invalid_operator("attribute_type");
    case Node::Kind::kContains: invalid_operator("contains");
    case Node::Kind::kCompare:
      if (node.comparison == Comparison::kNotEqual) invalid_operator("<>");
      return;
    case Node::Kind::kAnd:
    case Node::Kind::kBetween:
    case Node::Kind::kBeginsWith: return;
  }
}

void check_first(const Node& node) {
  if (node.operands[0].kind == Operand::Kind::kPath || node.kind == Node::Kind::kCompare) return;
  invalid_condition(fmt::format("{} operator must have the key attribute as its first operand",
                                node.kind == Node::Kind::kBetween ? "BETWEEN" : "begins_with"));
}

// Which operand is the attribute.
size_t attribute_at(const Node& node) {
  size_t at = node.operands.size();
  for (size_t i = 0; i < node.operands.size(); ++i) {
    const Operand& operand = node.operands[i];
    if (operand.kind == Operand::Kind::kSize) {
      refuse("KeyConditionExpressions cannot contain nested operations");
    }
    if (operand.kind != Operand::Kind::kPath) continue;
    if (at < node.operands.size()) invalid_condition("Multiple attribute names used in one condition");
    if (!operand.path.rest.empty()) {
      refuse(
          "Invalid KeyConditionExpression: KeyConditionExpressions cannot have conditions on nested "
          "attributes");
    }
    at = i;
  }
  if (at == node.operands.size()) invalid_condition("No key attribute specified");
  return at;
}

// As if the attribute stood on the left.
enum class Side : uint8_t { kLeft, kRight };  // where the attribute stands

Range range_of(Comparison comparison, Side side) {
  const bool turned = side == Side::kRight;
  switch (comparison) {
    case Comparison::kLess: return turned ? Range::kGreater : Range::kLess;
    case Comparison::kLessOrEqual: return turned ? Range::kGreaterOrEqual : Range::kLessOrEqual;
    case Comparison::kGreater: return turned ? Range::kLess : Range::kGreater;
    case Comparison::kGreaterOrEqual: return turned ? Range::kLessOrEqual : Range::kGreaterOrEqual;
    default: return Range::kEqual;
  }
}

KeyClause clause_of(const Node& node, size_t at) {
  const auto value = [&node](size_t i) { return node.operands[i].value; };
  KeyClause out{.attribute = node.operands[at].path.root, .condition = {}};
  switch (node.kind) {
    case Node::Kind::kBetween:
      out.condition = {.kind = Range::kBetween, .value = value(1), .upper = value(2)};
      return out;
    case Node::Kind::kBeginsWith:
      out.condition = {.kind = Range::kBeginsWith, .value = value(1), .upper = {}};
      return out;
    default:
      out.condition = {.kind = range_of(node.comparison, at == 0 ? Side::kLeft : Side::kRight),
                       .value = value(1 - at),
                       .upper = {}};
      return out;
  }
}

void gather(const Node& node, std::vector<KeyClause>& out) {
  check_operator(node);
  if (node.kind == Node::Kind::kAnd) {
    for (const Node& part : node.parts) gather(part, out);
    return;
  }
  check_first(node);
  KeyClause clause = clause_of(node, attribute_at(node));
  if (std::ranges::find(out, clause.attribute, &KeyClause::attribute) != out.end()) {
    refuse("Invalid KeyConditionExpression: KeyConditionExpressions must only contain one condition per key");
  }
  out.push_back(std::move(clause));
}

RangeCondition indexable(std::optional<RangeCondition> condition) {
  if (!condition) refuse("Attempted conditional constraint is not an indexable operation");
  return std::move(*condition);
}

[[noreturn]] void missed(const std::string& attribute) {
  refuse(fmt::format("Query condition missed key schema element: {}", attribute));
}

}  // namespace

KeyCondition key_condition_of(std::vector<KeyClause> clauses, const KeyNames& keys) {
  const size_t defined = keys.range ? 2 : 1;
  if (clauses.size() > defined) {
    refuse(
        fmt::format("The number of query conditions ({}) exceeds the number of key attributes defined in the "
                    "schema ({})",
                    clauses.size(), defined));
  }
  const auto hash = std::ranges::find(clauses, keys.hash, &KeyClause::attribute);
  if (hash == clauses.end()) missed(keys.hash);
  RangeCondition condition = indexable(std::move(hash->condition));
  if (condition.kind != Range::kEqual) refuse("Query key condition not supported");
  KeyCondition out{.hash = std::move(condition.value), .range = {}};
  if (clauses.size() == 1) return out;
  KeyClause& other = clauses[hash == clauses.begin() ? 1 : 0];
  if (other.attribute != *keys.range) missed(*keys.range);
  out.range = indexable(std::move(other.condition));
  return out;
}

std::vector<KeyClause> key_clauses_of(const Predicate& predicate) {
  std::vector<KeyClause> out;
  gather(*predicate.root(), out);
  return out;
}

KeyCondition parse_key_condition(std::string_view text, const KeyNames& keys, Placeholders& placeholders) {
  return key_condition_of(key_clauses_of(parse_condition(text, "KeyConditionExpression", placeholders)),
                          keys);
}

}  // namespace haneul::dynamodb
