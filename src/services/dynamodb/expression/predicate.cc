// Evaluation copies nothing: operands are found in the item or in the predicate, and a size stands on the
// stack.
#include "services/dynamodb/expression/predicate.h"

#include <algorithm>
#include <array>

#include "services/dynamodb/expression/compare.h"
#include "services/dynamodb/expression/predicate_node.h"

namespace haneul::dynamodb {
namespace {

using Kind = PredicateNode::Kind;

constexpr std::array<std::string_view, 6> kSymbols = {"=", "<>", "<", "<=", ">", ">="};

// What an operand is for an item, or null. A size is put into `slot`.
const Value* look(const PredicateOperand& operand, const Attributes& item, Value& slot) {
  switch (operand.kind) {
    case PredicateOperand::Kind::kPath: return find(item, operand.path);
    case PredicateOperand::Kind::kValue: return &operand.value;
    case PredicateOperand::Kind::kSize: break;
  }
  const Value* sized = look(operand.sized[0], item, slot);
  const std::optional<size_t> size = sized == nullptr ? std::nullopt : counted_size(*sized);
  if (!size) return nullptr;
  slot = Number(static_cast<int64_t>(*size));
  return &slot;
}

bool compare(const PredicateNode& node, const Value* a, const Value* b) {
  if (node.comparison == Comparison::kNotEqual) return a == nullptr || b == nullptr || *a != *b;
  if (a == nullptr || b == nullptr) return false;
  if (node.comparison == Comparison::kEqual) return *a == *b;
  const auto order = order_of(*a, *b);
  if (!order) return false;
  switch (node.comparison) {
    case Comparison::kLess: return *order < 0;
    case Comparison::kLessOrEqual: return *order <= 0;
    case Comparison::kGreater: return *order > 0;
    default: return *order >= 0;
  }
}

bool between(const Value* value, const Value* lower, const Value* upper) {
  if (value == nullptr || lower == nullptr || upper == nullptr) return false;
  const auto above = order_of(*lower, *value);
  const auto below = order_of(*value, *upper);
  return above && below && *above <= 0 && *below <= 0;
}

bool in_list(const PredicateNode& node, const Attributes& item, const Value* wanted) {
  if (wanted == nullptr) return false;
  Value slot;
  return std::any_of(node.operands.begin() + 1, node.operands.end(), [&](const PredicateOperand& operand) {
    const Value* value = look(operand, item, slot);
    return value != nullptr && *value == *wanted;
  });
}

bool leaf_matches(const PredicateNode& node, const Attributes& item) {
  std::array<Value, 3> slots;
  std::array<const Value*, 3> found{};
  const size_t count = node.kind == Kind::kIn ? 1 : node.operands.size();
  for (size_t i = 0; i < count; ++i) found[i] = look(node.operands[i], item, slots[i]);
  const bool both = found[0] != nullptr && found[1] != nullptr;
  switch (node.kind) {
    case Kind::kCompare: return compare(node, found[0], found[1]);
    case Kind::kBetween: return between(found[0], found[1], found[2]);
    case Kind::kIn: return in_list(node, item, found[0]);
    case Kind::kExists: return found[0] != nullptr;
    case Kind::kNotExists: return found[0] == nullptr;
    case Kind::kHasType: return found[0] != nullptr && found[0]->is(node.type);
    case Kind::kBeginsWith: return both && begins_with(*found[0], *found[1]);
    case Kind::kContains: return both && contains(*found[0], *found[1]);
    default: return false;
  }
}

template <class Visit>
void each_path(const PredicateOperand& operand, Visit&& visit) {
  if (operand.kind == PredicateOperand::Kind::kPath) visit(operand.path);
  for (const PredicateOperand& sized : operand.sized) each_path(sized, visit);
}

template <class Visit>
void each_path(const PredicateNode& node, Visit&& visit) {
  for (const PredicateOperand& operand : node.operands) each_path(operand, visit);
  for (const PredicateNode& part : node.parts) each_path(part, visit);
}

}  // namespace

PredicateOperand PredicateOperand::of(Path path) {
  return {.kind = Kind::kPath, .path = std::move(path), .value = {}, .sized = {}};
}

PredicateOperand PredicateOperand::of(Value value) {
  return {.kind = Kind::kValue, .path = {}, .value = std::move(value), .sized = {}};
}

PredicateOperand PredicateOperand::size_of(PredicateOperand operand) {
  PredicateOperand out{.kind = Kind::kSize, .path = {}, .value = {}, .sized = {}};
  out.sized.push_back(std::move(operand));
  return out;
}

PredicateNode::Kind kind_of(FunctionId id) {
  switch (id) {
    case FunctionId::kAttributeExists: return PredicateNode::Kind::kExists;
    case FunctionId::kAttributeNotExists: return PredicateNode::Kind::kNotExists;
    case FunctionId::kAttributeType: return PredicateNode::Kind::kHasType;
    case FunctionId::kBeginsWith: return PredicateNode::Kind::kBeginsWith;
    default: return PredicateNode::Kind::kContains;
  }
}

std::string_view symbol_of(Comparison comparison) { return kSymbols[static_cast<size_t>(comparison)]; }

bool comparison_of(std::string_view symbol, Comparison& out) {
  const auto* at = std::ranges::find(kSymbols, symbol);
  if (at == kSymbols.end()) return false;
  out = static_cast<Comparison>(at - kSymbols.begin());
  return true;
}

bool PredicateNode::matches(const Attributes& item) const {
  const auto holds = [&item](const PredicateNode& part) { return part.matches(item); };
  switch (kind) {
    case Kind::kOr: return std::ranges::any_of(parts, holds);
    case Kind::kAnd: return std::ranges::all_of(parts, holds);
    case Kind::kNot: return !parts[0].matches(item);
    default: return leaf_matches(*this, item);
  }
}

bool Predicate::matches(const Attributes& item) const { return root_ == nullptr || root_->matches(item); }

std::set<std::string> Predicate::attributes() const {
  std::set<std::string> out;
  if (root_ != nullptr) each_path(*root_, [&out](const Path& path) { out.insert(path.root); });
  return out;
}

std::set<std::string> Predicate::entered() const {
  std::set<std::string> out;
  if (root_ == nullptr) return out;
  each_path(*root_, [&out](const Path& path) {
    if (!path.rest.empty()) out.insert(path.root);
  });
  return out;
}

}  // namespace haneul::dynamodb
