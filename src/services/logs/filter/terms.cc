// Terms: words and phrases of unstructured messages. Optional terms ("?") count only when there are no
// others, as the user guide says.
#include <vector>

#include "services/logs/filter/operand.h"
#include "services/logs/filter/parts.h"

namespace haneul::logs::filter {

namespace {

struct Term {
  std::string text;
  std::optional<Regex> regex;
  bool is_in(std::string_view message) const {
    return regex ? regex->finds(message) : message.find(text) != std::string_view::npos;
  }
};

class TermsFilter final : public Filter {
 public:
  bool matches(std::string_view message) const override {
    for (const Term& term : required) {
      if (!term.is_in(message)) return false;
    }
    for (const Term& term : excluded) {
      if (term.is_in(message)) return false;
    }
    if (optional.empty() || !required.empty() || !excluded.empty()) return true;
    for (const Term& term : optional) {
      if (term.is_in(message)) return true;
    }
    return false;
  }
  std::map<std::string, std::string> extract(std::string_view) const override { return {}; }

  std::vector<Term> required, excluded, optional;
};

Term take_term(Cursor& cursor) {
  Term term;
  if (cursor.peek() == '"') {
    term.text = cursor.quoted();
    if (term.text.empty()) throw_invalid();
  } else if (cursor.peek() == '%') {
    term.regex.emplace(cursor.between_percents());
  } else {
    term.text = std::string(cursor.word({}));
    const char next = cursor.peek();
    const bool ends = cursor.at_end() || std::string_view(" \t\r\n").find(next) != std::string_view::npos;
    if (!ends) throw_invalid_characters({&next, 1});
    if (term.text.empty()) throw_invalid();
  }
  return term;
}

}  // namespace

FilterPtr parse_terms(std::string_view pattern) {
  auto filter = std::make_shared<TermsFilter>();
  Cursor cursor(pattern);
  for (cursor.skip_blanks(); !cursor.at_end(); cursor.skip_blanks()) {
    if (cursor.take("-")) {
      filter->excluded.push_back(take_term(cursor));
    } else if (cursor.take("?")) {
      filter->optional.push_back(take_term(cursor));
    } else {
      filter->required.push_back(take_term(cursor));
    }
  }
  return filter;
}

}  // namespace haneul::logs::filter
