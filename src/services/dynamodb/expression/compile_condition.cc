// From syntax to a predicate. Of each comparison and function, in the order of the text: placeholders are
// looked up, then the number of operands is judged, then whether they are distinct, then their types.
#include <fmt/format.h>

#include "services/dynamodb/expression/functions.h"
#include "services/dynamodb/expression/operand_checks.h"
#include "services/dynamodb/expression/predicate.h"
#include "services/dynamodb/expression/predicate_node.h"
#include "services/dynamodb/expression/resolve.h"

namespace haneul::dynamodb {
namespace {

using Node = PredicateNode;
using Operand = PredicateOperand;

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

  Node comparison(const Syntax& syntax) const {
    Node out;
    out.operands = operands(syntax);
    check_count(syntax);
    if (syntax.kind == Syntax::Kind::kCompare) {
      out.kind = Node::Kind::kCompare;
      comparison_of(syntax.word, out.comparison);
    } else {
      out.kind = syntax.kind == Syntax::Kind::kBetween ? Node::Kind::kBetween : Node::Kind::kIn;
    }
    check_operands(out, resolver_.parameter);
    return out;
  }

  Node function(const Syntax& syntax) const {
    const FunctionId id = find_function(syntax.word)->id;
    Node out;
    out.kind = kind_of(id);
    out.operands = operands(syntax);
    check_count(syntax);
    check_operands(out, resolver_.parameter);
    if (id == FunctionId::kAttributeType) name_type(out, resolver_.parameter);
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
