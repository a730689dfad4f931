// Which items a condition can be about: what it says of keys by AND at its top level.
#include <algorithm>
#include <functional>

#include <fmt/format.h>

#include "services/dynamodb/expression/predicate_node.h"
#include "services/dynamodb/partiql/statement.h"
#include "services/dynamodb/refusal.h"

namespace haneul::dynamodb::partiql {
namespace {

using Node = PredicateNode;
using Operand = PredicateOperand;
using Range = RangeCondition::Kind;

// The parts that must all hold.
void each_part(const Node& node, const std::function<void(const Node&)>& visit) {
  if (node.kind != Node::Kind::kAnd) return visit(node);
  for (const Node& part : node.parts) each_part(part, visit);
}

bool is_attribute(const Operand& operand, const std::string& name) {
  return operand.kind == Operand::Kind::kPath && operand.path.rest.empty() && operand.path.root == name;
}

bool are_values(const std::vector<Operand>& operands, size_t from) {
  return std::all_of(operands.begin() + static_cast<ptrdiff_t>(from), operands.end(),
                     [](const Operand& operand) { return operand.kind == Operand::Kind::kValue; });
}

Range turned(Range kind) {
  switch (kind) {
    case Range::kLess: return Range::kGreater;
    case Range::kLessOrEqual: return Range::kGreaterOrEqual;
    case Range::kGreater: return Range::kLess;
    case Range::kGreaterOrEqual: return Range::kLessOrEqual;
    default: return kind;
  }
}

std::optional<Range> range_of(Comparison comparison) {
  switch (comparison) {
    case Comparison::kEqual: return Range::kEqual;
    case Comparison::kNotEqual: return {};
    case Comparison::kLess: return Range::kLess;
    case Comparison::kLessOrEqual: return Range::kLessOrEqual;
    case Comparison::kGreater: return Range::kGreater;
    case Comparison::kGreaterOrEqual: return Range::kGreaterOrEqual;
  }
  return {};
}

// What a part says of the attribute, if it is a condition that keys can answer.
std::optional<RangeCondition> condition_on(const Node& node, const std::string& attribute) {
  const std::vector<Operand>& operands = node.operands;
  if (node.kind == Node::Kind::kCompare) {
    const auto kind = range_of(node.comparison);
    const bool left = is_attribute(operands[0], attribute);
    if (!kind || (!left && !is_attribute(operands[1], attribute))) return {};
    const Operand& other = operands[left ? 1 : 0];
    if (other.kind != Operand::Kind::kValue) return {};
    return RangeCondition{.kind = left ? *kind : turned(*kind), .value = other.value, .upper = {}};
  }
  if (operands.empty() || !is_attribute(operands[0], attribute) || !are_values(operands, 1)) return {};
  if (node.kind == Node::Kind::kBetween) {
    return RangeCondition{.kind = Range::kBetween, .value = operands[1].value, .upper = operands[2].value};
  }
  if (node.kind == Node::Kind::kBeginsWith) {
    return RangeCondition{.kind = Range::kBeginsWith, .value = operands[1].value, .upper = {}};
  }
  return {};
}

std::vector<Value> listed_values(const Node& node, const std::string& attribute) {
  std::vector<Value> out;
  const bool answers = node.kind == Node::Kind::kIn && is_attribute(node.operands[0], attribute) &&
                       are_values(node.operands, 1);
  if (!answers) return out;
  for (size_t i = 1; i < node.operands.size(); ++i) out.push_back(node.operands[i].value);
  return out;
}

std::optional<Value> equality(const Node& node, const std::string& attribute) {
  auto condition = condition_on(node, attribute);
  if (!condition || condition->kind != Range::kEqual) return {};
  return std::move(condition->value);
}

}  // namespace

std::optional<KeyAccess> key_access(const Predicate& where, const KeyNames& keys) {
  if (!where) return {};
  KeyAccess out;
  each_part(*where.root(), [&](const Node& node) {
    if (out.hashes.empty()) {
      if (auto value = equality(node, keys.hash)) {
        out.hashes.push_back(std::move(*value));
      } else {
        out.hashes = listed_values(node, keys.hash);
      }
    }
    if (!keys.range) return;
    auto condition = condition_on(node, *keys.range);
    if (!condition) return;
    if (out.range_conditions++ == 0) out.range = std::move(condition);
  });
  if (out.hashes.empty()) return {};
  return out;
}

Attributes whole_key(const Predicate& where, const KeyNames& keys) {
  Attributes out;
  const auto take = [&](const std::string& name) {
    if (!where) return;
    each_part(*where.root(), [&](const Node& node) {
      auto value = equality(node, name);
      if (!value) return;
      if (out.find(name) != nullptr) {
        refuse(fmt::format(
            "Multiple conditions on same key {}. Only single item Update/Insert/Delete are supported", name));
      }
      out.set(name, std::move(*value));
    });
  };
  take(keys.hash);
  if (keys.range) take(*keys.range);
  if (out.count() != (keys.range ? 2U : 1U)) {
    refuse("Where clause does not contain a mandatory equality on all key attributes");
  }
  return out;
}

bool names_key(const Predicate& where, const KeyNames& keys) {
  bool hash = false, range = !keys.range;
  if (!where) return false;
  each_part(*where.root(), [&](const Node& node) {
    hash = hash || equality(node, keys.hash);
    range = range || equality(node, *keys.range);
  });
  return hash && range;
}

bool looks_beyond(const Predicate& where, const KeyNames& keys) {
  bool out = false;
  if (!where) return out;
  each_part(*where.root(), [&](const Node& node) {
    out = out || !(equality(node, keys.hash) || (keys.range && equality(node, *keys.range)));
  });
  return out;
}

}  // namespace haneul::dynamodb::partiql
