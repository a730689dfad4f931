// SET and REMOVE of PartiQL, as a plan of changes. Source: "PartiQL update statements for DynamoDB".
#include <fmt/format.h>

#include "services/dynamodb/expression/lexer.h"
#include "services/dynamodb/expression/resolve.h"
#include "services/dynamodb/partiql/clauses.h"
#include "services/dynamodb/refusal.h"

namespace haneul::dynamodb::partiql {
namespace {

using Kind = UpdateAction::Kind;

constexpr const char* kWrongType = "Incorrect operand type for operator or function; operator or function: ";

class ChangeReader {
 public:
  explicit ChangeReader(Reader& in) : in_(in) {}

  ModificationPlan all() {
    for (; at_change(in_); ++section_) clause();
    std::vector<Path> targets;
    for (const UpdateAction& action : plan_.actions) targets.push_back(action.path);
    refuse_clashes(targets, "");
    return std::move(plan_);
  }

 private:
  void clause() {
    const bool sets = in_.take_word("SET");
    if (!sets) in_.expect_word("REMOVE");
    do {
      UpdateAction action;
      action.kind = sets ? Kind::kSet : Kind::kRemove;
      action.section = section_;
      action.path = in_.path();
      if (sets) {
        in_.expect_symbol("=");
        assign(action);
      }
      plan_.actions.push_back(std::move(action));
    } while (in_.take_symbol(","));
  }

  void assign(UpdateAction& action) {
    if (is_call("SET_ADD") || is_call("SET_DELETE")) return change_set(action);
    action.operand = operand();
    if (!in_.at_symbol("+") && !in_.at_symbol("-")) return;
    UpdateOperand sum;
    const std::string symbol = in_.next().text;
    sum.kind = symbol == "+" ? UpdateOperand::Kind::kPlus : UpdateOperand::Kind::kMinus;
    sum.parts.push_back(std::move(action.operand));
    sum.parts.push_back(operand());
    check_types(sum, symbol, ValueType::kNumber);
    action.operand = std::move(sum);
  }

  bool is_call(std::string_view upper) const { return in_.at_word(upper) && in_.at_symbol("(", 1); }

  UpdateOperand operand() {
    const Reader::Level level(in_);
    if (in_.take_symbol("(")) {
      UpdateOperand out = operand();
      in_.expect_symbol(")");
      return out;
    }
    if (is_call("LIST_APPEND")) return list_append();
    if (in_.at_word("FALSE") || in_.at_value()) return literal();
    if (in_.at_call()) {
      refuse(fmt::format("Unrecognized function: {}{}", in_.peek().text, place_of(in_.peek())));
    }
    UpdateOperand out;
    out.kind = UpdateOperand::Kind::kPath;
    out.path = in_.path();
    return out;
  }

  UpdateOperand literal() {
    UpdateOperand out;
    out.value = in_.value();
    return out;
  }

  UpdateOperand list_append() {
    in_.next();
    UpdateOperand out;
    out.kind = UpdateOperand::Kind::kListAppend;
    in_.expect_symbol("(");
    do out.parts.push_back(operand());
    while (in_.take_symbol(","));
    in_.expect_symbol(")");
    if (out.parts.size() != 2) {
      refuse(fmt::format(
          "Incorrect number of operands for operator or function; operator or function: list_append, "
          "number of operands: {}",
          out.parts.size()));
    }
    check_types(out, "list_append", ValueType::kList);
    return out;
  }

  static void check_types(const UpdateOperand& operand, std::string_view what, ValueType wanted) {
    for (const UpdateOperand& part : operand.parts) {
      if (part.kind != UpdateOperand::Kind::kValue || part.value.is(wanted)) continue;
      refuse(fmt::format("{}{}, operand type: {}", kWrongType, what, type_code(part.value.type())));
    }
  }

  // a = set_add(a, <<...>>), which adds to the set or makes it; a = set_delete(a, <<...>>).
  void change_set(UpdateAction& action) {
    const Token name = in_.next();
    const std::string_view shown = same_word(name.text, "SET_ADD") ? "SET_ADD" : "SET_DELETE";
    action.kind = shown == "SET_ADD" ? Kind::kAdd : Kind::kDelete;
    in_.expect_symbol("(");
    const Token first_token = in_.peek();
    std::vector<UpdateOperand> parts;
    do parts.push_back(operand());
    while (in_.take_symbol(","));
    in_.expect_symbol(")");
    if (parts.size() != 2) refuse(fmt::format("{} must have exactly two arguments{}", shown, place_of(name)));
    if (parts[0].kind != UpdateOperand::Kind::kPath || parts[0].path != action.path) {
      refuse(
          fmt::format("The first argument to {} must equal the assignment value{}", shown, place_of(name)));
    }
    if (parts[1].kind != UpdateOperand::Kind::kValue || !parts[1].value.is_set()) {
      refuse(fmt::format("The second argument to {} must be a value with type SET{}", shown,
                         place_of(first_token)));
    }
    action.operand = std::move(parts[1]);
  }

  Reader& in_;
  ModificationPlan plan_;
  size_t section_ = 0;
};

}  // namespace

bool at_change(const Reader& in) { return in.at_word("SET") || in.at_word("REMOVE"); }

ModificationPlan read_changes(Reader& in) { return ChangeReader(in).all(); }

}  // namespace haneul::dynamodb::partiql
