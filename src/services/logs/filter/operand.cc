#include "services/logs/filter/operand.h"

#include <charconv>

#include <re2/re2.h>

namespace haneul::logs::filter {

namespace {

// User guide, "Supported regular expressions": parentheses and all other signs are refused.
constexpr std::string_view kRegexSigns = ":_#=@/;,-^$?[]{}|\\*+.";
constexpr int64_t kRegexMemoryMax = 1 << 20;

bool compare(Comparison comparison, double left, double right) {
  switch (comparison) {
    case Comparison::kEqual: return left == right;
    case Comparison::kNotEqual: return left != right;
    case Comparison::kLess: return left < right;
    case Comparison::kLessOrEqual: return left <= right;
    case Comparison::kGreater: return left > right;
    case Comparison::kGreaterOrEqual: return left >= right;
  }
  return false;
}

bool is_equality(Comparison comparison) {
  return comparison == Comparison::kEqual || comparison == Comparison::kNotEqual;
}

}  // namespace

std::optional<Comparison> take_comparison(Cursor& cursor) {
  cursor.skip_blanks();
  if (cursor.take("!=")) return Comparison::kNotEqual;
  if (cursor.take("<=")) return Comparison::kLessOrEqual;
  if (cursor.take(">=")) return Comparison::kGreaterOrEqual;
  if (cursor.take("=")) return Comparison::kEqual;
  if (cursor.take("<")) return Comparison::kLess;
  if (cursor.take(">")) return Comparison::kGreater;
  return std::nullopt;
}

bool glob_matches(std::string_view pattern, std::string_view text) {
  size_t p = 0, t = 0;
  size_t star = std::string_view::npos, resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

std::optional<double> parse_number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  const std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
  // from_chars also reads "inf" and "nan", which no log means as numbers.
  if (digits.empty() || !((digits[0] >= '0' && digits[0] <= '9') || digits[0] == '.')) return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Regex::Regex(std::string_view pattern) {
  if (pattern.empty()) throw_invalid();
  for (const char c : pattern) {
    const bool is_ascii = static_cast<unsigned char>(c) < 0x80;
    if (!is_ascii || !(is_word_character(c) || kRegexSigns.find(c) != std::string_view::npos))
      throw_invalid_characters({&c, 1});
  }
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kRegexMemoryMax);
  options.set_never_capture(true);
  auto compiled = std::make_shared<re2::RE2>(re2::StringPiece(pattern.data(), pattern.size()), options);
  if (!compiled->ok()) throw_invalid();
  compiled_ = std::move(compiled);
}

bool Regex::finds(std::string_view text) const {
  return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *compiled_);
}

Operand Operand::take(Cursor& cursor, std::string_view bare) {
  cursor.skip_blanks();
  Operand operand;
  if (cursor.peek() == '%') {
    operand.regex_.emplace(cursor.between_percents());
  } else if (cursor.peek() == '"') {
    operand.text_ = cursor.quoted();
    operand.is_quoted_ = true;
  } else {
    operand.text_ = std::string(cursor.word(bare));
    if (operand.text_.empty()) throw_invalid();
    operand.number_ = parse_number(operand.text_);
  }
  return operand;
}

bool Operand::equals(std::string_view value) const {
  return regex_ ? regex_->finds(value) : glob_matches(text_, value);
}

bool Operand::holds(Comparison comparison, std::string_view value) const {
  if (number_) {
    if (const auto number = parse_number(value)) return compare(comparison, *number, *number_);
  }
  if (!is_equality(comparison)) return false;
  return equals(value) == (comparison == Comparison::kEqual);
}

bool Operand::holds(Comparison comparison, double value, std::string_view as_text) const {
  if (number_) return compare(comparison, value, *number_);
  if (!is_equality(comparison)) return false;
  return equals(as_text) == (comparison == Comparison::kEqual);
}

}  // namespace haneul::logs::filter
