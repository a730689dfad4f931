// Cursor: reading a filter pattern from left to right, with the service's messages for what cannot be read.
#pragma once

#include <string>
#include <string_view>

namespace haneul::logs::filter {

[[noreturn]] void throw_invalid();  // "Invalid filter pattern"
[[noreturn]] void throw_invalid_characters(std::string_view characters);

class Cursor {
 public:
  explicit Cursor(std::string_view text) : rest_(text) {}

  bool at_end() const { return rest_.empty(); }
  char peek() const { return rest_.empty() ? '\0' : rest_.front(); }
  bool starts_with(std::string_view text) const { return rest_.starts_with(text); }
  void skip_blanks();
  bool take(std::string_view text);  // when it is next
  void require(std::string_view text);
  char next();
  // A keyword in capitals that ends where a word ends; blanks before it are skipped.
  bool take_keyword(std::string_view word);

  std::string quoted();  // from its opening quote to behind the closing one; \" and \\ are unescaped
  std::string_view between_percents();
  // The longest run of letters, digits, bytes beyond ASCII and these.
  std::string_view word(std::string_view also);

 private:
  std::string_view rest_;
};

bool is_word_character(char c);

}  // namespace haneul::logs::filter
