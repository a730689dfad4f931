#include "services/logs/filter/cursor.h"

#include "gen/logs/errors.h"

namespace haneul::logs::filter {

void throw_invalid() { throw InvalidParameterException("Invalid filter pattern"); }

void throw_invalid_characters(std::string_view characters) {
  throw InvalidParameterException("Invalid character(s) in term '" + std::string(characters) + "'");
}

bool is_word_character(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
         c == '_';
}

void Cursor::skip_blanks() {
  while (!rest_.empty() && std::string_view(" \t\r\n").find(rest_.front()) != std::string_view::npos)
    rest_.remove_prefix(1);
}

bool Cursor::take(std::string_view text) {
  if (!rest_.starts_with(text)) return false;
  rest_.remove_prefix(text.size());
  return true;
}

void Cursor::require(std::string_view text) {
  if (!take(text)) throw_invalid();
}

char Cursor::next() {
  if (rest_.empty()) throw_invalid();
  const char c = rest_.front();
  rest_.remove_prefix(1);
  return c;
}

bool Cursor::take_keyword(std::string_view word) {
  skip_blanks();
  if (!rest_.starts_with(word)) return false;
  if (rest_.size() > word.size() && is_word_character(rest_[word.size()])) return false;
  rest_.remove_prefix(word.size());
  return true;
}

std::string Cursor::quoted() {
  require("\"");
  std::string out;
  for (char c = next(); c != '"'; c = next()) {
    if (c == '\\' && (peek() == '"' || peek() == '\\')) c = next();
    out += c;
  }
  return out;
}

std::string_view Cursor::between_percents() {
  require("%");
  const size_t end = rest_.find('%');
  if (end == std::string_view::npos) throw_invalid();
  const std::string_view out = rest_.substr(0, end);
  rest_.remove_prefix(end + 1);
  return out;
}

std::string_view Cursor::word(std::string_view also) {
  size_t end = 0;
  while (end < rest_.size() &&
         (is_word_character(rest_[end]) || also.find(rest_[end]) != std::string_view::npos))
    ++end;
  const std::string_view out = rest_.substr(0, end);
  rest_.remove_prefix(end);
  return out;
}

}  // namespace haneul::logs::filter
