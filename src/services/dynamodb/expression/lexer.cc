#include "services/dynamodb/expression/lexer.h"

#include <algorithm>
#include <array>
#include <span>

namespace haneul::dynamodb {
namespace {

constexpr std::array<std::string_view, 5> kConditionWords = {"AND", "BETWEEN", "IN", "NOT", "OR"};
constexpr std::array<std::string_view, 4> kUpdateWords = {"ADD", "DELETE", "REMOVE", "SET"};
constexpr std::string_view kSymbols = "=<>()[],.+-";

std::span<const std::string_view> keywords_of(Dialect dialect) {
  switch (dialect) {
    case Dialect::kCondition: return kConditionWords;
    case Dialect::kUpdate: return kUpdateWords;
    case Dialect::kProjection: return {};
  }
  return {};
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word(char c) { return is_letter(c) || is_digit(c) || c == '_'; }
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

template <class Test>
size_t length_while(std::string_view text, size_t from, Test&& test) {
  while (from < text.size() && test(text[from])) ++from;
  return from;
}

size_t symbol_length(std::string_view text) {
  const std::string_view pair = text.substr(0, 2);
  return pair == "<>" || pair == "<=" || pair == ">=" ? 2 : 1;
}

// The token at the front of a text that is not empty and does not begin with a space.
Token token_at(std::string_view text, std::span<const std::string_view> keywords) {
  using Kind = Token::Kind;
  const char first = text[0];
  if (is_letter(first)) {
    const std::string_view word = text.substr(0, length_while(text, 1, is_word));
    const bool keyword = std::ranges::any_of(keywords, [&](auto upper) { return same_word(word, upper); });
    return {.kind = keyword ? Kind::kKeyword : Kind::kName, .text = word};
  }
  if (first == '#' || first == ':') {
    const size_t length = length_while(text, 1, is_word);
    if (length > 1) {
      const Kind kind = first == '#' ? Kind::kNamePlaceholder : Kind::kValuePlaceholder;
      return {.kind = kind, .text = text.substr(0, length)};
    }
  }
  if (is_digit(first))
    return {.kind = Kind::kInteger, .text = text.substr(0, length_while(text, 1, is_digit))};
  if (kSymbols.find(first) != std::string_view::npos) {
    return {.kind = Kind::kSymbol, .text = text.substr(0, symbol_length(text))};
  }
  return {.kind = Kind::kUnknown, .text = text.substr(0, length_while(text, 1, is_continuation))};
}

}  // namespace

bool same_word(std::string_view word, std::string_view upper) {
  return std::ranges::equal(word, upper, [](char a, char b) {
    return (a >= 'a' && a <= 'z' ? static_cast<char>(a - 'a' + 'A') : a) == b;
  });
}

std::vector<Token> tokens_of(std::string_view text, Dialect dialect) {
  const auto keywords = keywords_of(dialect);
  std::vector<Token> out;
  for (size_t at = length_while(text, 0, is_space); at < text.size(); at = length_while(text, at, is_space)) {
    out.push_back(token_at(text.substr(at), keywords));
    at += out.back().text.size();
  }
  out.push_back({.kind = Token::Kind::kEnd, .text = text.substr(text.size())});
  return out;
}

}  // namespace haneul::dynamodb
