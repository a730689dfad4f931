// Operand: the right side of a comparison - a text with '*' for any characters, a number, or a regular
// expression between percent signs - and how it is compared with what a message holds.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "services/logs/filter/cursor.h"

namespace re2 {
class RE2;
}

namespace haneul::logs::filter {

enum class Comparison { kEqual, kNotEqual, kLess, kLessOrEqual, kGreater, kGreaterOrEqual };
std::optional<Comparison> take_comparison(Cursor& cursor);

bool glob_matches(std::string_view pattern, std::string_view text);  // '*' stands for any characters
std::optional<double> parse_number(std::string_view text);           // the whole text, as JSON writes numbers

// A regular expression of the subset that the service takes; InvalidParameterException for any other.
class Regex {
 public:
  explicit Regex(std::string_view pattern);
  bool finds(std::string_view text) const;

 private:
  std::shared_ptr<const re2::RE2> compiled_;
};

class Operand {
 public:
  // The value at the cursor; `bare` names what an unquoted text may hold beside letters and digits.
  static Operand take(Cursor& cursor, std::string_view bare);

  bool is_regex() const { return regex_.has_value(); }
  const std::string& text() const { return text_; }
  bool is_quoted() const { return is_quoted_; }
  // Less and greater hold for numbers only.
  bool holds(Comparison comparison, std::string_view value) const;
  bool holds(Comparison comparison, double value, std::string_view as_text) const;

 private:
  bool equals(std::string_view value) const;
  std::string text_;
  std::optional<double> number_;  // of an unquoted text that is one
  std::optional<Regex> regex_;
  bool is_quoted_ = false;
};

}  // namespace haneul::logs::filter
