// The WHERE clause: conditions of PartiQL are those of expressions, with IS, functions in any case, and
// values where expressions have placeholders. A parenthesis may begin a condition or an operand.
#include <algorithm>
#include <array>
#include <variant>

#include <fmt/format.h>

#include "services/dynamodb/expression/functions.h"
#include "services/dynamodb/expression/lexer.h"
#include "services/dynamodb/expression/operand_checks.h"
#include "services/dynamodb/partiql/clauses.h"
#include "services/dynamodb/refusal.h"

namespace haneul::dynamodb::partiql {
namespace {

using Node = PredicateNode;
using Operand = PredicateOperand;
using Either = std::variant<Node, Operand>;

constexpr const char* kNoCondition = "WHERE clause must contain an expression that resolves to a boolean";

struct Comparator {
  std::string_view symbol;
  Comparison comparison;
};
constexpr std::array<Comparator, 7> kComparators = {{{"=", Comparison::kEqual},
                                                     {"<>", Comparison::kNotEqual},
                                                     {"!=", Comparison::kNotEqual},
                                                     {"<", Comparison::kLess},
                                                     {"<=", Comparison::kLessOrEqual},
                                                     {">", Comparison::kGreater},
                                                     {">=", Comparison::kGreaterOrEqual}}};

struct TypeName {
  std::string_view name;
  ValueType type;
};
constexpr std::array<TypeName, 9> kTypeNames = {{{"NULL", ValueType::kNull},
                                                 {"BOOLEAN", ValueType::kBool},
                                                 {"BOOL", ValueType::kBool},
                                                 {"BLOB", ValueType::kBinary},
                                                 {"STRING", ValueType::kString},
                                                 {"NUMERIC", ValueType::kNumber},
                                                 {"STRUCT", ValueType::kMap},
                                                 {"TUPLE", ValueType::kMap},
                                                 {"LIST", ValueType::kList}}};

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

Node negated(Node node) {
  Node out;
  out.kind = Node::Kind::kNot;
  out.parts.push_back(std::move(node));
  return out;
}

Node leaf(Node::Kind kind, std::vector<Operand> operands) {
  Node out;
  out.kind = kind;
  out.operands = std::move(operands);
  return out;
}

Node checked(Node node) {
  check_operands(node, "");
  return node;
}

class ConditionReader {
 public:
  explicit ConditionReader(Reader& in) : in_(in) {}

  Node whole() { return condition(any()); }

 private:
  static Node condition(Either either) {
    if (auto* node = std::get_if<Node>(&either)) return std::move(*node);
    const Operand& operand = std::get<Operand>(either);
    // A path alone, or a value, is no condition.
    if (operand.kind != Operand::Kind::kSize) refuse(kNoCondition);
    refuse("The function is not allowed to be used this way in an expression; function: size");
  }

  static Operand operand(Either either) {
    if (auto* operand = std::get_if<Operand>(&either)) return std::move(*operand);
    refuse("The arguments to AND/OR must be Expressions");
  }

  Either any() {
    return chain(Node::Kind::kOr, "OR",
                 [this] { return chain(Node::Kind::kAnd, "AND", [this] { return perhaps_negated(); }); });
  }

  template <class Part>
  Either chain(Node::Kind kind, std::string_view word, Part&& part) {
    Either first = part();
    if (!in_.at_word(word)) return first;
    Node out;
    out.kind = kind;
    out.parts.push_back(condition(std::move(first)));
    while (in_.take_word(word)) {
      count();
      out.parts.push_back(condition(part()));
    }
    return out;
  }

  Either perhaps_negated() {
    size_t times = 0;
    for (; in_.take_word("NOT"); ++times) count();
    Either out = comparison();
    for (; times > 0; --times) out = negated(condition(std::move(out)));
    return out;
  }

  Either comparison() {
    Either first = primary();
    for (const Comparator& comparator : kComparators) {
      if (in_.take_symbol(comparator.symbol)) return compared(std::move(first), comparator.comparison);
    }
    if (in_.take_word("IS")) return typed(operand(std::move(first)));
    const bool negates = in_.at_word("NOT") && (in_.at_word("IN", 1) || in_.at_word("BETWEEN", 1));
    if (negates) in_.next();
    if (!in_.at_word("IN") && !in_.at_word("BETWEEN")) return first;
    Node out = in_.take_word("IN") ? listed(operand(std::move(first))) : bounded(operand(std::move(first)));
    return negates ? negated(std::move(out)) : std::move(out);
  }

  Node compared(Either first, Comparison comparison) {
    count();
    Either second = primary();
    if (auto* node = std::get_if<Node>(&first)) return truth(std::move(*node), comparison, second);
    if (auto* node = std::get_if<Node>(&second)) return truth(std::move(*node), comparison, first);
    Node out = leaf(Node::Kind::kCompare, {});
    out.operands.push_back(operand(std::move(first)));
    out.operands.push_back(operand(std::move(second)));
    out.comparison = comparison;
    return checked(std::move(out));
  }

  // A condition held against true or false.
  static Node truth(Node node, Comparison comparison, const Either& other) {
    const auto* operand = std::get_if<Operand>(&other);
    const bool* value = operand == nullptr ? nullptr : operand->value.as<bool>();
    const bool equality = comparison == Comparison::kEqual || comparison == Comparison::kNotEqual;
    if (value == nullptr || operand->kind != Operand::Kind::kValue || !equality) refuse(kNoCondition);
    return *value == (comparison == Comparison::kEqual) ? std::move(node) : negated(std::move(node));
  }

  Node typed(Operand first) {
    count();
    if (first.kind == Operand::Kind::kSize) {
      refuse("The left hand side argument to IS must be a Variable Reference, Literal, or Path");
    }
    const bool negates = in_.take_word("NOT");
    const Token name = in_.next();
    std::vector<Operand> operands;
    operands.push_back(std::move(first));
    Node out = leaf(Node::Kind::kNotExists, std::move(operands));
    if (name.kind != Token::Kind::kWord || !same_word(name.text, "MISSING")) {
      out.kind = Node::Kind::kHasType;
      out.type = type_named(name);
    }
    return negates ? negated(std::move(out)) : out;
  }

  static ValueType type_named(const Token& token) {
    for (const TypeName& known : kTypeNames) {
      if (token.kind == Token::Kind::kWord && same_word(token.text, known.name)) return known.type;
    }
    refuse(fmt::format(
        "Unsupported data type for IS operator: {}. Supported data types are [MISSING, NULL, BOOLEAN, "
        "BLOB, STRING, NUMERIC, STRUCT, TUPLE, LIST]",
        token.text));
  }

  Node bounded(Operand first) {
    in_.expect_word("BETWEEN");
    count();
    Node out = leaf(Node::Kind::kBetween, {});
    out.operands.push_back(std::move(first));
    out.operands.push_back(operand(primary()));
    in_.expect_word("AND");
    out.operands.push_back(operand(primary()));
    return checked(std::move(out));
  }

  // In brackets or parentheses, or one parameter that is a list.
  Node listed(Operand first) {
    count();
    Node out = leaf(Node::Kind::kIn, {});
    out.operands.push_back(std::move(first));
    if (in_.peek().kind == Token::Kind::kParameter) {
      const Value value = in_.value();
      const List* list = value.as<List>();
      if (list == nullptr || list->empty()) no_sequence();
      for (const Value& element : *list) out.operands.push_back(Operand::of(element));
      return checked(std::move(out));
    }
    const bool brackets = in_.take_symbol("[");
    if (!brackets && !in_.take_symbol("(")) no_sequence();
    if (in_.at_symbol(brackets ? "]" : ")")) no_sequence();
    do out.operands.push_back(operand(primary()));
    while (in_.take_symbol(","));
    in_.expect_symbol(brackets ? "]" : ")");
    return checked(std::move(out));
  }

  [[noreturn]] static void no_sequence() {
    refuse(
        "IN operator must have a left hand argument of type Variable Reference and right hand argument of "
        "type Seq "
        "with at least one member");
  }

  Either primary() {
    if (in_.at_symbol("(")) {
      const Reader::Level level(in_);
      in_.next();
      Either out = any();
      in_.expect_symbol(")");
      return out;
    }
    if (in_.at_value()) return Operand::of(in_.value());
    if (in_.at_call()) return function();
    return Operand::of(in_.path());
  }

  Either function() {
    const Reader::Level level(in_);
    const Token name = in_.next();
    const std::string lowered = lower(name.text);
    const Function* function = find_function(lowered);
    if (function == nullptr || function->place == Function::Place::kUpdate) {
      refuse(fmt::format("Unrecognized function: {}{}", lowered, place_of(name)));
    }
    count();
    std::vector<Operand> operands = arguments();
    if (operands.size() != function->operands) {
      refuse(fmt::format(
          "Incorrect number of operands for operator or function; operator or function: {}, number "
          "of operands: {}",
          lowered, operands.size()));
    }
    if (function->id == FunctionId::kSize) return Operand::size_of(std::move(operands[0]));
    Node out = checked(leaf(kind_of(function->id), std::move(operands)));
    if (out.kind == Node::Kind::kHasType) name_type(out, "");
    return out;
  }

  std::vector<Operand> arguments() {
    in_.expect_symbol("(");
    std::vector<Operand> out;
    if (in_.take_symbol(")")) return out;
    do out.push_back(operand(primary()));
    while (in_.take_symbol(","));
    in_.expect_symbol(")");
    return out;
  }

  void count() {
    if (++operators_ <= kOperatorsMax) return;
    refuse(fmt::format("The expression contains too many operators; operator count: {}", operators_));
  }

  Reader& in_;
  size_t operators_ = 0;
};

}  // namespace

PredicateNode read_condition(Reader& in) { return ConditionReader(in).whole(); }

}  // namespace haneul::dynamodb::partiql
