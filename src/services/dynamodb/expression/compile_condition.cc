// From syntax to a predicate. Of each comparison and function, in the order of the text: placeholders are
// looked up, then the number of operands is judged, then whether they are distinct, then their types.
#include <algorithm>

#include <fmt/format.h>

#include "services/dynamodb/expression/compare.h"
#include "services/dynamodb/expression/functions.h"
#include "services/dynamodb/expression/predicate.h"
#include "services/dynamodb/expression/predicate_node.h"
#include "services/dynamodb/expression/resolve.h"
#include "services/dynamodb/value/wire.h"

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

Node::Kind node_of(FunctionId id) {
  switch (id) {
    case FunctionId::kAttributeExists: return Node::Kind::kExists;
    case FunctionId::kAttributeNotExists: return Node::Kind::kNotExists;
    case FunctionId::kAttributeType: return Node::Kind::kHasType;
    case FunctionId::kBeginsWith: return Node::Kind::kBeginsWith;
    default: return Node::Kind::kContains;
  }
}

class Compiler {
 public:
  explicit Compiler(Resolver resolver) : resolver_(resolver) {}

  Node condition(const Syntax& syntax) const {
    using Kind = Syntax::Kind;
    Node out;
    switch (syntax.kind) {
      case Kind::kOr:
      case Kind::kAnd:
      case Kind::kNot: {
        out.kind = syntax.kind == Kind::kOr    ? Node::Kind::kOr
                   : syntax.kind == Kind::kAnd ? Node::Kind::kAnd
                                               : Node::Kind::kNot;
        for (const Syntax& part : syntax.parts) out.parts.push_back(condition(part));
        return out;
      }
      case Kind::kCall: return function(syntax);
      default: return comparison(syntax);
    }
  }

 private:
  Operand operand(const Syntax& syntax) const {
    if (syntax.kind == Syntax::Kind::kPath) return Operand::of(resolver_.path(syntax));
    if (syntax.kind == Syntax::Kind::kValue) return Operand::of(resolver_.value(syntax));
    std::vector<Operand> inner = operands(syntax);
    return Operand::size_of(std::move(inner[0]));
  }

  std::vector<Operand> operands(const Syntax& syntax) const {
    std::vector<Operand> out;
    for (const Syntax& part : syntax.parts) out.push_back(operand(part));
    return out;
  }

  // Of a function and of all functions inside, from the inside.
  void check_count(const Syntax& syntax) const {
    for (const Syntax& part : syntax.parts) check_count(part);
    if (syntax.kind != Syntax::Kind::kCall || syntax.parts.size() == find_function(syntax.word)->operands)
      return;
    resolver_.invalid(
        fmt::format("Incorrect number of operands for operator or function; operator or "
                    "function: {}, number of operands: {}",
                    syntax.word, syntax.parts.size()));
  }

  void check_distinct(std::string_view what, const std::vector<Operand>& operands) const {
    if (operands[0].kind != Operand::Kind::kPath) return;
    const bool repeated = std::any_of(operands.begin() + 1, operands.end(), [&](const Operand& other) {
      return other.kind == Operand::Kind::kPath && other.path == operands[0].path;
    });
    if (!repeated) return;
    resolver_.invalid(
        fmt::format("The first operand must be distinct from the remaining operands for this "
                    "operator or function; operator: {}, first operand: {}",
                    what, text_of(operands[0].path)));
  }

  [[noreturn]] void wrong_type(std::string_view what, std::string_view type) const {
    resolver_.invalid(fmt::format(
        "Incorrect operand type for operator or function; operator or function: {}, operand type: {}", what,
        type));
  }

  template <class Allowed>
  void check_types(std::string_view what, const std::vector<Operand>& operands, Allowed&& allowed) const {
    for (const Operand& operand : operands) {
      const auto type = type_of(operand);
      if (type && !allowed(*type)) wrong_type(what, type_code(*type));
    }
  }

  void check_sizes(const std::vector<Operand>& operands) const {
    const auto has_size = [](ValueType type) {
      return type != ValueType::kNumber && type != ValueType::kBool && type != ValueType::kNull;
    };
    for (const Operand& operand : operands) {
      if (operand.kind != Operand::Kind::kSize) continue;
      check_sizes(operand.sized);
      check_types("size", operand.sized, has_size);
    }
  }

  Node comparison(const Syntax& syntax) const {
    Node out;
    out.operands = operands(syntax);
    check_count(syntax);
    std::string_view what = syntax.word;
    if (syntax.kind == Syntax::Kind::kCompare) {
      out.kind = Node::Kind::kCompare;
      comparison_of(syntax.word, out.comparison);
    } else {
      out.kind = syntax.kind == Syntax::Kind::kBetween ? Node::Kind::kBetween : Node::Kind::kIn;
      what = syntax.kind == Syntax::Kind::kBetween ? "BETWEEN" : "IN";
    }
    if (syntax.kind == Syntax::Kind::kIn && out.operands.size() - 1 > kInOperandsMax) {
      resolver_.invalid(
          fmt::format("The IN operator is provided with too many operands; number of operands: {}",
                      out.operands.size() - 1));
    }
    check_distinct(what, out.operands);
    check_sizes(out.operands);
    const bool ordered = out.kind == Node::Kind::kBetween ||
                         (out.kind == Node::Kind::kCompare && out.comparison > Comparison::kNotEqual);
    if (ordered) check_types(what, out.operands, is_ordered);
    if (out.kind == Node::Kind::kBetween) check_bounds(out.operands[1], out.operands[2]);
    return out;
  }

  void check_bounds(const Operand& lower, const Operand& upper) const {
    if (lower.kind != Operand::Kind::kValue || upper.kind != Operand::Kind::kValue) return;
    const auto order = order_of(lower.value, upper.value);
    if (order && *order <= 0) return;
    resolver_.invalid(
        fmt::format("The BETWEEN operator requires {}; lower bound operand: {}, upper bound "
                    "operand: {}",
                    order ? "upper bound to be greater than or equal to lower bound"
                          : "same data type for lower and upper bounds",
                    shown(lower.value), shown(upper.value)));
  }

  Node function(const Syntax& syntax) const {
    const FunctionId id = find_function(syntax.word)->id;
    Node out;
    out.kind = node_of(id);
    out.operands = operands(syntax);
    check_count(syntax);
    check_distinct(syntax.word, out.operands);
    check_sizes(out.operands);
    if (id == FunctionId::kAttributeExists || id == FunctionId::kAttributeNotExists) {
      if (out.operands[0].kind != Operand::Kind::kPath) {
        resolver_.invalid(fmt::format(
            "Operator or function requires a document path; operator or function: {}", syntax.word));
      }
    }
    if (id == FunctionId::kBeginsWith) {
      check_types(syntax.word, out.operands,
                  [](ValueType type) { return type == ValueType::kString || type == ValueType::kBinary; });
    }
    if (id == FunctionId::kAttributeType) {
      out.type = named_type(out.operands[1]);
      out.operands.pop_back();
    }
    return out;
  }

  ValueType named_type(const Operand& operand) const {
    const auto type = type_of(operand);
    if (type != ValueType::kString) {
      wrong_type("attribute_type", type ? type_code(*type) : "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}");
    }
    ValueType out = ValueType::kString;
    if (!type_of_code(*operand.value.string(), out)) {
      resolver_.invalid(fmt::format(
          "Invalid attribute type name found; type: {}, valid types: {{B,NULL,SS,BOOL,L,BS,N,NS,S,M}}",
          *operand.value.string()));
    }
    return out;
  }

  Resolver resolver_;
};

}  // namespace

Predicate parse_condition(std::string_view text, std::string_view parameter, Placeholders& placeholders) {
  const Syntax syntax = parse_condition_syntax(text, parameter);
  check_condition_syntax(syntax, parameter);
  const Compiler compiler({.parameter = parameter, .placeholders = placeholders});
  return Predicate(std::make_shared<const PredicateNode>(compiler.condition(syntax)));
}

}  // namespace haneul::dynamodb
