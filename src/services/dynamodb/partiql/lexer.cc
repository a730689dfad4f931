#include "services/dynamodb/partiql/lexer.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "services/dynamodb/refusal.h"

namespace haneul::dynamodb::partiql {
namespace {

constexpr std::array<std::string_view, 7> kPairs = {"<<", ">>", "<=", ">=", "<>", "!=", "||"};
constexpr std::string_view kSymbols = "=<>()[]{},.:;*+-/";

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$'; }
bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  std::vector<Token> all() {
    std::vector<Token> out;
    for (skip(); at_ < text_.size(); skip()) out.push_back(one());
    out.push_back({.kind = Token::Kind::kEnd, .text = {}, .line = line_, .column = column_, .length = 0});
    return out;
  }

 private:
  bool ahead(std::string_view what) const { return text_.substr(at_).starts_with(what); }
  char peek(size_t offset = 0) const { return at_ + offset < text_.size() ? text_[at_ + offset] : '\0'; }

  char take() {
    const char c = text_[at_++];
    if (c == '\n') {
      ++line_;
      column_ = 1;
    } else if (!is_continuation(c)) {
      ++column_;
    }
    return c;
  }

  void skip() {
    while (at_ < text_.size()) {
      if (ahead("--")) {
        while (at_ < text_.size() && peek() != '\n') take();
      } else if (ahead("/*")) {
        while (at_ < text_.size() && !ahead("*/")) take();
        if (at_ >= text_.size()) not_well_formed("");
        take();
        take();
      } else if (peek() == ' ' || peek() == '\t' || peek() == '\r' || peek() == '\n') {
        take();
      } else {
        return;
      }
    }
  }

  Token one() {
    Token out{.kind = Token::Kind::kSymbol, .text = {}, .line = line_, .column = column_, .length = 0};
    const size_t from = at_;
    const char c = peek();
    if (is_letter(c)) {
      out.kind = Token::Kind::kWord;
      while (is_letter(peek()) || is_digit(peek())) out.text.push_back(take());
    } else if (is_digit(c) || (c == '.' && is_digit(peek(1)))) {
      out.kind = Token::Kind::kNumber;
      number(out.text);
    } else if (c == '\'' || c == '"') {
      out.kind = c == '"' ? Token::Kind::kQuoted : Token::Kind::kString;
      quoted(out.text);
    } else if (c == '?') {
      out.kind = Token::Kind::kParameter;
      take();
    } else {
      symbol(out.text);
    }
    const std::string_view written = text_.substr(from, at_ - from);
    out.length =
        static_cast<size_t>(std::ranges::count_if(written, [](char b) { return !is_continuation(b); }));
    return out;
  }

  // A dot belongs to a number when a digit stands beside it; an exponent, when it has digits.
  void number(std::string& out) {
    while (is_digit(peek())) out.push_back(take());
    if (peek() == '.') {
      out.push_back(take());
      while (is_digit(peek())) out.push_back(take());
    }
    const bool sign = peek(1) == '+' || peek(1) == '-';
    if ((peek() != 'e' && peek() != 'E') || !is_digit(peek(sign ? 2 : 1))) return;
    for (size_t i = sign ? 2 : 1; i > 0; --i) out.push_back(take());
    while (is_digit(peek())) out.push_back(take());
  }

  // A quote within is written twice.
  void quoted(std::string& out) {
    const char quote = take();
    while (at_ < text_.size()) {
      const char c = take();
      if (c != quote) {
        out.push_back(c);
      } else if (peek() == quote) {
        out.push_back(take());
      } else {
        return;
      }
    }
    not_well_formed("");
  }

  void symbol(std::string& out) {
    for (const std::string_view pair : kPairs) {
      if (!ahead(pair)) continue;
      out = pair;
      take();
      take();
      return;
    }
    if (kSymbols.find(peek()) == std::string_view::npos) not_well_formed("");
    out.push_back(take());
  }

  std::string_view text_;
  size_t at_ = 0;
  size_t line_ = 1;
  size_t column_ = 1;
};

}  // namespace

std::vector<Token> tokens_of(std::string_view text) { return Lexer(text).all(); }

void not_well_formed(std::string_view detail) {
  refuse(fmt::format("Statement wasn't well formed, can't be processed: {}", detail));
}

}  // namespace haneul::dynamodb::partiql
