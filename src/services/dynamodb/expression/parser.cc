#include "services/dynamodb/expression/parser.h"

#include <algorithm>

#include <fmt/format.h>

#include "services/dynamodb/expression/functions.h"
#include "services/dynamodb/refusal.h"

namespace haneul::dynamodb {
namespace {

constexpr size_t kBytesMax = 4096;
// Parentheses inside parentheses need an operator between them, or are redundant.
constexpr size_t kDepthMax = kOperatorsMax + 20;

}  // namespace

void invalid_expression(std::string_view parameter, std::string_view what) {
  refuse(parameter.empty() ? std::string(what) : fmt::format("Invalid {}: {}", parameter, what));
}

Parser::Parser(std::string_view text, std::string_view parameter, Dialect dialect)
    : text_(text), parameter_(parameter), dialect_(dialect) {
  if (text.size() > kBytesMax) {
    const bool told = parameter == "FilterExpression" || parameter == "ConditionExpression";
    const std::string size = told ? fmt::format(" expression size: {}", text.size()) : std::string();
    invalid("Expression size has exceeded the maximum allowed size;" + size);
  }
  tokens_ = tokens_of(text, dialect);
  if (tokens_.size() == 1) invalid("The expression can not be empty;");
}

const Token& Parser::peek(size_t ahead) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }

Token Parser::next() {
  const Token out = peek();
  if (out.kind != Token::Kind::kEnd) ++at_;
  return out;
}

bool Parser::take(std::string_view symbol) {
  if (!at(symbol)) return false;
  next();
  return true;
}

void Parser::expect(std::string_view symbol) {
  if (!take(symbol)) fail();
}

bool Parser::at_keyword(std::string_view upper) const {
  return peek().kind == Token::Kind::kKeyword && same_word(peek().text, upper);
}

bool Parser::take_keyword(std::string_view upper) {
  if (!at_keyword(upper)) return false;
  next();
  return true;
}

Token Parser::expect(Token::Kind kind) {
  if (peek().kind != kind) fail();
  return next();
}

void Parser::expect_end() const {
  if (peek().kind != Token::Kind::kEnd) fail();
}

// Near: the text from the token before to the token after.
void Parser::fail() const {
  const Token& token = peek();
  const Token& before = tokens_[at_ == 0 ? 0 : at_ - 1];
  const Token& after = peek(1);
  const auto from = static_cast<size_t>(before.text.data() - text_.data());
  const auto to = static_cast<size_t>(after.text.data() + after.text.size() - text_.data());
  std::string_view near = text_.substr(from, to - from);
  while (!near.empty() && after.text.empty() && near.back() <= ' ') near.remove_suffix(1);
  invalid(fmt::format("Syntax error; token: \"{}\", near: \"{}\"",
                      token.kind == Token::Kind::kEnd ? "<EOF>" : token.text, near));
}

void Parser::enter() {
  if (++depth_ <= kDepthMax) return;
  // The function that is nested without end, if it is one.
  for (size_t i = at_; i-- > 1;) {
    if (!is_symbol(tokens_[i], "(")) break;
    if (tokens_[i - 1].kind != Token::Kind::kName) continue;
    if (find_function(tokens_[i - 1].text) == nullptr) {
      invalid(fmt::format("Invalid function name; function: {}", tokens_[i - 1].text));
    }
    invalid(fmt::format("The expression contains too many operators; operator count: {}", kOperatorsMax + 1));
  }
  invalid("The expression has redundant parentheses;");
}

Syntax Parser::closed(Syntax inner) {
  expect(")");
  if (inner.in_parentheses) invalid("The expression has redundant parentheses;");
  inner.in_parentheses = true;
  return inner;
}

Syntax Parser::path() {
  const Token root = next();
  Syntax out{.kind = Syntax::Kind::kPath, .word = {}, .path = {}, .parts = {}};
  out.path.push_back(
      {.kind = root.kind == Token::Kind::kName ? SyntaxStep::Kind::kName : SyntaxStep::Kind::kPlaceholder,
       .text = root.text});
  path_steps(out);
  return out;
}

void Parser::path_steps(Syntax& path) {
  using Kind = SyntaxStep::Kind;
  while (at(".") || at("[")) {
    path.in_parentheses = false;
    if (take("[")) {
      path.path.push_back({.kind = Kind::kIndex, .text = expect(Token::Kind::kInteger).text});
      expect("]");
      continue;
    }
    next();
    const bool placeholder = peek().kind == Token::Kind::kNamePlaceholder;
    if (!placeholder && peek().kind != Token::Kind::kName) fail();
    path.path.push_back({.kind = placeholder ? Kind::kPlaceholder : Kind::kName, .text = next().text});
  }
}

Syntax Parser::operand() {
  const Token& token = peek();
  if (token.kind == Token::Kind::kValuePlaceholder) {
    return {.kind = Syntax::Kind::kValue, .word = next().text, .path = {}, .parts = {}};
  }
  if (token.kind == Token::Kind::kNamePlaceholder) return path();
  if (token.kind == Token::Kind::kName) return is_symbol(peek(1), "(") ? call() : path();
  if (!take("(")) fail();
  const Level level(*this);
  Syntax out = closed(operand());
  if (out.kind == Syntax::Kind::kPath && dialect_ == Dialect::kCondition) path_steps(out);
  return out;
}

Syntax Parser::call() {
  Syntax out{.kind = Syntax::Kind::kCall, .word = next().text, .path = {}, .parts = {}};
  expect("(");
  const Level level(*this);
  do out.parts.push_back(operand());
  while (take(","));
  expect(")");
  return out;
}

std::vector<Syntax> parse_projection_syntax(std::string_view text, std::string_view parameter) {
  Parser parser(text, parameter, Dialect::kProjection);
  std::vector<Syntax> out;
  do {
    const Token::Kind kind = parser.peek().kind;
    if (kind != Token::Kind::kName && kind != Token::Kind::kNamePlaceholder) parser.fail();
    out.push_back(parser.path());
  } while (parser.take(","));
  parser.expect_end();
  return out;
}

}  // namespace haneul::dynamodb
