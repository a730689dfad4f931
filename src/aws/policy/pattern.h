// Pattern: a text of a policy that is matched against a text of the request: literal characters, the
// wildcards * and ?, and variables (${aws:username}, ${key, 'default'}, and ${*} ${?} ${$} for the characters
// themselves). Source: IAM User Guide, "IAM policy elements: Variables and tags". What a variable stands for
// is always literal: a user named "*" matches "*" only. A variable without value (absent, or with several
// values) makes the pattern match nothing.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "aws/policy/context.h"

namespace haneul::aws::policy {

struct PatternRules {
  enum class Wildcards { kNo, kYes } wildcards = Wildcards::kYes;
  enum class Variables { kNo, kYes } variables = Variables::kYes;
  enum class Case { kExact, kIgnore } letter_case = Case::kExact;
};

class Pattern {
 public:
  Pattern(std::string_view text, const PatternRules& rules);
  bool matches(std::string_view text, const Context& context) const;
  // For ARN operators: each of the six colon-separated parts by itself.
  bool matches_arn(std::string_view text, const Context& context) const;
  const std::string& text() const { return text_; }
  bool has_variables() const { return has_variables_; }
  void append_variable_names(std::vector<std::string_view>& out) const;

 private:
  struct Piece {
    enum class Kind { kLiteral, kAny, kOne, kVariable } kind;
    std::string text;  // literal text, or the name of the variable
    std::string fallback;
    bool has_fallback = false;
  };
  struct Atom {  // a piece with its variable replaced
    Piece::Kind kind;
    std::string_view text;
  };
  void compile(std::string_view text, const PatternRules& rules);
  size_t compile_variable(std::string_view text);
  void add_literal(std::string_view text);
  bool resolve(const Context& context, std::vector<Atom>& out) const;
  static bool match_atoms(const std::vector<Atom>& atoms, std::string_view text,
                          PatternRules::Case letter_case);

  std::string text_;
  std::vector<Piece> pieces_;
  bool has_variables_ = false;
  bool is_plain_ = true;  // one literal, or nothing
  PatternRules::Case letter_case_;
};

}  // namespace haneul::aws::policy
