// From syntax to a plan of changes: names of paths, values, paths that clash, then the types that are known.
#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "services/dynamodb/expression/functions.h"
#include "services/dynamodb/expression/modification.h"
#include "services/dynamodb/expression/modification_plan.h"
#include "services/dynamodb/expression/resolve.h"

namespace haneul::dynamodb {
namespace {

constexpr std::string_view kParameter = "UpdateExpression";

std::string_view long_name(ValueType type) {
  switch (type) {
    case ValueType::kString: return "STRING";
    case ValueType::kNumber: return "NUMBER";
    case ValueType::kBinary: return "BINARY";
    case ValueType::kStringSet: return "STRING_SET";
    case ValueType::kNumberSet: return "NUMBER_SET";
    case ValueType::kBinarySet: return "BINARY_SET";
    case ValueType::kMap: return "MAP";
    case ValueType::kList: return "LIST";
    case ValueType::kNull: return "NULL";
    case ValueType::kBool: return "BOOLEAN";
  }
  return {};
}

class Compiler {
 public:
  explicit Compiler(Placeholders& placeholders)
      : resolver_{.parameter = kParameter, .placeholders = placeholders} {}

  ModificationPlan plan(const UpdateSyntax& syntax) const {
    ModificationPlan out;
    std::vector<Path> targets;
    for (const UpdateSyntax::Action& action : syntax.actions) {
      targets.push_back(resolver_.path(action.path));
      names(action.value);
      out.actions.push_back({.kind = static_cast<UpdateAction::Kind>(action.kind),
                             .section = action.section,
                             .path = targets.back(),
                             .operand = {}});
    }
    for (size_t i = 0; i < out.actions.size(); ++i) {
      if (out.actions[i].kind == UpdateAction::Kind::kRemove) continue;
      out.actions[i].operand = operand(syntax.actions[i].value);
    }
    refuse_clashes(targets, kParameter);
    for (size_t i = 0; i < out.actions.size(); ++i) check_operator(out.actions[i]);
    for (const UpdateSyntax::Action& action : syntax.actions) check(action.value);
    return out;
  }

 private:
  // Only whether they are defined.
  void names(const Syntax& syntax) const {
    if (syntax.kind == Syntax::Kind::kPath && !syntax.path.empty()) resolver_.path(syntax);
    for (const Syntax& part : syntax.parts) names(part);
  }

  UpdateOperand operand(const Syntax& syntax) const {
    UpdateOperand out;
    switch (syntax.kind) {
      case Syntax::Kind::kPath:
        out.kind = UpdateOperand::Kind::kPath;
        out.path = resolver_.path(syntax);
        return out;
      case Syntax::Kind::kValue: out.value = resolver_.value(syntax); return out;
      case Syntax::Kind::kSum:
        out.kind = syntax.word == "+" ? UpdateOperand::Kind::kPlus : UpdateOperand::Kind::kMinus;
        break;
      default:
        out.kind = find_function(syntax.word)->id == FunctionId::kIfNotExists
                       ? UpdateOperand::Kind::kIfNotExists
                       : UpdateOperand::Kind::kListAppend;
    }
    for (const Syntax& part : syntax.parts) out.parts.push_back(operand(part));
    return out;
  }

  void check_operator(const UpdateAction& action) const {
    if (action.kind != UpdateAction::Kind::kAdd && action.kind != UpdateAction::Kind::kDelete) return;
    const bool adds = action.kind == UpdateAction::Kind::kAdd;
    const Value& value = action.operand.value;
    if (value.is_set() || (adds && value.is(ValueType::kNumber))) return;
    const std::string_view word = adds ? "ADD" : "DELETE";
    resolver_.invalid(
        fmt::format("Incorrect operand type for operator or function; operator: {0}, operand type: "
                    "{1}, typeSet: ALLOWED_FOR_{0}_OPERAND",
                    word, long_name(value.type())));
  }

  // The functions and sums inside first.
  void check(const Syntax& syntax) const {
    for (const Syntax& part : syntax.parts) check(part);
    if (syntax.kind == Syntax::Kind::kSum) return check_types(syntax, ValueType::kNumber);
    if (syntax.kind != Syntax::Kind::kCall) return;
    if (syntax.parts.size() != 2) {
      resolver_.invalid(
          fmt::format("Incorrect number of operands for operator or function; operator or "
                      "function: {}, number of operands: {}",
                      syntax.word, syntax.parts.size()));
    }
    if (find_function(syntax.word)->id == FunctionId::kListAppend)
      return check_types(syntax, ValueType::kList);
    if (syntax.parts[0].kind != Syntax::Kind::kPath) {
      resolver_.invalid(fmt::format("Operator or function requires a document path; operator or function: {}",
                                    syntax.word));
    }
  }

  void check_types(const Syntax& syntax, ValueType wanted) const {
    for (const Syntax& part : syntax.parts) {
      const auto type = type_of(part);
      if (!type || *type == wanted) continue;
      resolver_.invalid(fmt::format(
          "Incorrect operand type for operator or function; operator or function: {}, operand type: {}",
          syntax.word, type_code(*type)));
    }
  }

  std::optional<ValueType> type_of(const Syntax& syntax) const {
    if (syntax.kind == Syntax::Kind::kValue) return resolver_.value(syntax).type();
    const bool appends =
        syntax.kind == Syntax::Kind::kCall && find_function(syntax.word)->id == FunctionId::kListAppend;
    return appends ? std::optional(ValueType::kList) : std::nullopt;
  }

  Resolver resolver_;
};

}  // namespace

Modification parse_update(std::string_view text, Placeholders& placeholders) {
  const UpdateSyntax syntax = parse_update_syntax(text, kParameter);
  check_update_syntax(syntax, kParameter);
  return Modification(std::make_shared<const ModificationPlan>(Compiler(placeholders).plan(syntax)));
}

}  // namespace haneul::dynamodb
