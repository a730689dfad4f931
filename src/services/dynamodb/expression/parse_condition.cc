// The grammar of conditions. A parenthesis may begin a condition or an operand: what it holds decides, so
// that every token is looked at once. Precedence: comparisons, NOT, AND, OR.
#include <array>

#include "services/dynamodb/expression/parser.h"

namespace haneul::dynamodb {
namespace {

using Kind = Syntax::Kind;

constexpr std::array<std::string_view, 6> kComparators = {"=", "<>", "<", "<=", ">", ">="};

bool is_operand_only(const Syntax& syntax) {
  return syntax.kind == Kind::kPath || syntax.kind == Kind::kValue;
}
bool may_be_operand(const Syntax& syntax) { return is_operand_only(syntax) || syntax.kind == Kind::kCall; }

class ConditionParser {
 public:
  ConditionParser(std::string_view text, std::string_view parameter)
      : in_(text, parameter, Dialect::kCondition) {}

  Syntax whole() {
    Syntax out = any();
    if (is_operand_only(out)) in_.fail();
    in_.expect_end();
    return out;
  }

 private:
  // A condition, or an operand when a closing parenthesis follows it.
  Syntax any() {
    return chain(Kind::kOr, "OR", [this] { return chain(Kind::kAnd, "AND", [this] { return negated(); }); });
  }

  template <class Part>
  Syntax chain(Kind kind, std::string_view word, Part&& part) {
    Syntax first = part();
    if (!in_.at_keyword(word)) return first;
    Syntax out{.kind = kind, .word = {}, .path = {}, .parts = {}};
    out.parts.push_back(condition(std::move(first)));
    while (in_.take_keyword(word)) out.parts.push_back(condition(part()));
    return out;
  }

  Syntax condition(Syntax syntax) const {
    if (is_operand_only(syntax)) in_.fail();
    return syntax;
  }

  Syntax negated() {
    size_t times = 0;
    while (in_.take_keyword("NOT")) ++times;
    Syntax out = comparison();
    if (times > 0) out = condition(std::move(out));
    for (; times > 0; --times) {
      Syntax outer{.kind = Kind::kNot, .word = {}, .path = {}, .parts = {}};
      outer.parts.push_back(std::move(out));
      out = std::move(outer);
    }
    return out;
  }

  Syntax comparison() {
    Syntax first = primary();
    if (!may_be_operand(first)) return first;
    for (const std::string_view comparator : kComparators) {
      if (!in_.at(comparator)) continue;
      return with(Kind::kCompare, in_.next().text, std::move(first), [this] { return one_operand(); });
    }
    if (in_.take_keyword("BETWEEN")) {
      return with(Kind::kBetween, {}, std::move(first), [this] { return two_bounds(); });
    }
    if (in_.take_keyword("IN")) {
      return with(Kind::kIn, {}, std::move(first), [this] { return listed(); });
    }
    return first;
  }

  template <class Rest>
  static Syntax with(Kind kind, std::string_view word, Syntax first, Rest&& rest) {
    Syntax out{.kind = kind, .word = word, .path = {}, .parts = {}};
    out.parts.push_back(std::move(first));
    for (Syntax& part : rest()) out.parts.push_back(std::move(part));
    return out;
  }

  std::vector<Syntax> one_operand() {
    std::vector<Syntax> out;
    out.push_back(in_.operand());
    return out;
  }

  std::vector<Syntax> two_bounds() {
    std::vector<Syntax> out = one_operand();
    if (!in_.take_keyword("AND")) in_.fail();
    out.push_back(in_.operand());
    return out;
  }

  std::vector<Syntax> listed() {
    in_.expect("(");
    std::vector<Syntax> out;
    do out.push_back(in_.operand());
    while (in_.take(","));
    in_.expect(")");
    return out;
  }

  Syntax primary() {
    if (!in_.take("(")) return in_.operand();
    const Parser::Level level(in_);
    Syntax inner = any();
    if (is_operand_only(inner) && !in_.at(")")) in_.fail();
    Syntax out = in_.closed(std::move(inner));
    if (out.kind == Kind::kPath) in_.path_steps(out);
    return out;
  }

  Parser in_;
};

}  // namespace

Syntax parse_condition_syntax(std::string_view text, std::string_view parameter) {
  return ConditionParser(text, parameter).whole();
}

}  // namespace haneul::dynamodb
