#include "services/dynamodb/expression/operand_checks.h"

#include <algorithm>
#include <optional>
#include <span>

#include <fmt/format.h>

#include "services/dynamodb/expression/compare.h"
#include "services/dynamodb/expression/functions.h"
#include "services/dynamodb/expression/syntax.h"

namespace haneul::dynamodb {
namespace {

using Node = PredicateNode;
using Operand = PredicateOperand;

// What is known without an item; nothing of a path.
std::optional<ValueType> type_of(const Operand& operand) {
  switch (operand.kind) {
    case Operand::Kind::kPath: return {};
    case Operand::Kind::kValue: return operand.value.type();
    case Operand::Kind::kSize: return ValueType::kNumber;
  }
  return {};
}

std::string_view word_of(const Node& node) {
  switch (node.kind) {
    case Node::Kind::kCompare: return symbol_of(node.comparison);
    case Node::Kind::kBetween: return "BETWEEN";
    case Node::Kind::kIn: return "IN";
    case Node::Kind::kExists: return "attribute_exists";
    case Node::Kind::kNotExists: return "attribute_not_exists";
    case Node::Kind::kHasType: return "attribute_type";
    case Node::Kind::kBeginsWith: return "begins_with";
    case Node::Kind::kContains: return "contains";
    case Node::Kind::kOr:
    case Node::Kind::kAnd:
    case Node::Kind::kNot: return {};
  }
  return {};
}

std::string shown(const Value& value) {
  std::string text;
  if (const std::string* held = value.string()) {
    text = *held;
  } else if (const Number* number = value.number()) {
    text = number->text();
  } else if (const std::string* bytes = value.binary()) {
    text = fmt::format("java.nio.HeapByteBuffer[pos=0 lim={0} cap={0}]", bytes->size());
  }
  return fmt::format("AttributeValue: {{{}:{}}}", type_code(value.type()), text);
}

bool is_text(ValueType type) { return type == ValueType::kString || type == ValueType::kBinary; }
bool has_size(ValueType type) {
  return type != ValueType::kNumber && type != ValueType::kBool && type != ValueType::kNull;
}

class Check {
 public:
  Check(const Node& node, std::string_view parameter)
      : node_(node), parameter_(parameter), word_(word_of(node)) {}

  void run() const {
    using Kind = Node::Kind;
    distinct();
    sizes(node_.operands);
    if (node_.kind == Kind::kIn) in_list();
    if (node_.kind == Kind::kBetween || node_.kind == Kind::kCompare) ordered();
    if (node_.kind == Kind::kBetween) bounds(node_.operands[1], node_.operands[2]);
    if (node_.kind == Kind::kBeginsWith) types(word_, node_.operands, is_text);
    if (node_.kind == Kind::kExists || node_.kind == Kind::kNotExists) path_only();
  }

  ValueType named_type(const Operand& operand) const {
    const auto type = type_of(operand);
    if (type != ValueType::kString || operand.kind != Operand::Kind::kValue) {
      wrong_type(word_, type ? type_code(*type) : "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}");
    }
    ValueType out = ValueType::kString;
    if (type_of_code(*operand.value.string(), out)) return out;
    invalid(fmt::format(
        "Invalid attribute type name found; type: {}, valid types: {{B,NULL,SS,BOOL,L,BS,N,NS,S,M}}",
        *operand.value.string()));
  }

 private:
  [[noreturn]] void invalid(std::string_view what) const { invalid_expression(parameter_, what); }

  [[noreturn]] void wrong_type(std::string_view what, std::string_view type) const {
    invalid(fmt::format(
        "Incorrect operand type for operator or function; operator or function: {}, operand type: {}", what,
        type));
  }

  void distinct() const {
    const std::span<const Operand> operands = node_.operands;
    if (operands[0].kind != Operand::Kind::kPath) return;
    const bool repeated = std::ranges::any_of(operands.subspan(1), [&](const Operand& other) {
      return other.kind == Operand::Kind::kPath && other.path == operands[0].path;
    });
    if (!repeated) return;
    invalid(
        fmt::format("The first operand must be distinct from the remaining operands for this operator or "
                    "function; operator: {}, first operand: {}",
                    word_, text_of(operands[0].path)));
  }

  template <class Allowed>
  void types(std::string_view what, const std::vector<Operand>& operands, Allowed&& allowed) const {
    for (const Operand& operand : operands) {
      const auto type = type_of(operand);
      if (type && !allowed(*type)) wrong_type(what, type_code(*type));
    }
  }

  // The sizes inside first.
  void sizes(const std::vector<Operand>& operands) const {
    for (const Operand& operand : operands) {
      if (operand.kind != Operand::Kind::kSize) continue;
      sizes(operand.sized);
      types("size", operand.sized, has_size);
    }
  }

  void in_list() const {
    const size_t listed = node_.operands.size() - 1;
    if (listed <= kInOperandsMax) return;
    invalid(
        fmt::format("The IN operator is provided with too many operands; number of operands: {}", listed));
  }

  void ordered() const {
    if (node_.kind == Node::Kind::kCompare && node_.comparison <= Comparison::kNotEqual) return;
    types(word_, node_.operands, is_ordered);
  }

  void bounds(const Operand& lower, const Operand& upper) const {
    if (lower.kind != Operand::Kind::kValue || upper.kind != Operand::Kind::kValue) return;
    const auto order = order_of(lower.value, upper.value);
    if (order && *order <= 0) return;
    invalid(fmt::format("The BETWEEN operator requires {}; lower bound operand: {}, upper bound operand: {}",
                        order ? "upper bound to be greater than or equal to lower bound"
                              : "same data type for lower and upper bounds",
                        shown(lower.value), shown(upper.value)));
  }

  void path_only() const {
    if (node_.operands[0].kind == Operand::Kind::kPath) return;
    invalid(fmt::format("Operator or function requires a document path; operator or function: {}", word_));
  }

  const Node& node_;
  std::string_view parameter_;
  std::string_view word_;
};

}  // namespace

void check_operands(const PredicateNode& node, std::string_view parameter) { Check(node, parameter).run(); }

void name_type(PredicateNode& node, std::string_view parameter) {
  node.type = Check(node, parameter).named_type(node.operands[1]);
  node.operands.pop_back();
}

}  // namespace haneul::dynamodb
