// The grammar of updates: sections of SET, REMOVE, ADD and DELETE, each with one action or more.
#include <array>

#include "services/dynamodb/expression/parser.h"

namespace haneul::dynamodb {
namespace {

using Kind = UpdateSyntax::Kind;

constexpr std::array<std::string_view, 4> kSections = {"SET", "REMOVE", "ADD", "DELETE"};

class UpdateParser {
 public:
  UpdateParser(std::string_view text, std::string_view parameter) : in_(text, parameter, Dialect::kUpdate) {}

  UpdateSyntax whole() {
    do section();
    while (in_.peek().kind != Token::Kind::kEnd);
    return std::move(out_);
  }

 private:
  void section() {
    for (size_t i = 0; i < kSections.size(); ++i) {
      if (!in_.take_keyword(kSections[i])) continue;
      out_.sections.push_back(static_cast<Kind>(i));
      do action(static_cast<Kind>(i));
      while (in_.take(","));
      return;
    }
    in_.fail();
  }

  void action(Kind kind) {
    const Token::Kind first = in_.peek().kind;
    if (first != Token::Kind::kName && first != Token::Kind::kNamePlaceholder) in_.fail();
    UpdateSyntax::Action action{
        .kind = kind, .section = out_.sections.size() - 1, .path = in_.path(), .value = {}};
    if (kind == Kind::kSet) {
      in_.expect("=");
      action.value = sum();
    } else if (kind != Kind::kRemove) {
      action.value = {.kind = Syntax::Kind::kValue,
                      .word = in_.expect(Token::Kind::kValuePlaceholder).text,
                      .path = {},
                      .parts = {}};
    }
    out_.actions.push_back(std::move(action));
  }

  // An operand, or a sum of two; the whole may stand in parentheses.
  Syntax sum() {
    Syntax first = primary();
    if (first.kind == Syntax::Kind::kSum || (!in_.at("+") && !in_.at("-"))) return first;
    Syntax out{.kind = Syntax::Kind::kSum, .word = in_.next().text, .path = {}, .parts = {}};
    out.parts.push_back(std::move(first));
    out.parts.push_back(in_.operand());
    return out;
  }

  Syntax primary() {
    if (!in_.take("(")) return in_.operand();
    const Parser::Level level(in_);
    return in_.closed(sum());
  }

  Parser in_;
  UpdateSyntax out_;
};

}  // namespace

std::string_view word_of(UpdateSyntax::Kind kind) { return kSections[static_cast<size_t>(kind)]; }

UpdateSyntax parse_update_syntax(std::string_view text, std::string_view parameter) {
  return UpdateParser(text, parameter).whole();
}

}  // namespace haneul::dynamodb
