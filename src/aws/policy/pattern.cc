#include "aws/policy/pattern.h"

#include <algorithm>

#include "base/text.h"

namespace haneul::aws::policy {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool starts_with(std::string_view text, std::string_view prefix, PatternRules::Case letter_case) {
  if (letter_case == PatternRules::Case::kExact) return text.starts_with(prefix);
  return text.size() >= prefix.size() && equals_ignore_case(text.substr(0, prefix.size()), prefix);
}

}  // namespace

bool LessIgnoringCase::operator()(std::string_view a, std::string_view b) const {
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(),
                                      [](char x, char y) { return lower(x) < lower(y); });
}

Pattern::Pattern(std::string_view text, const PatternRules& rules)
    : text_(text), letter_case_(rules.letter_case) {
  compile(text, rules);
  is_plain_ = pieces_.empty() || (pieces_.size() == 1 && pieces_[0].kind == Piece::Kind::kLiteral);
}

void Pattern::add_literal(std::string_view text) {
  if (!pieces_.empty() && pieces_.back().kind == Piece::Kind::kLiteral) {
    pieces_.back().text.append(text);
  } else {
    pieces_.push_back({Piece::Kind::kLiteral, std::string(text), {}});
  }
}

// `text` begins at "${". Returns how many characters were taken: 0 when this is no variable and stays
// literal.
size_t Pattern::compile_variable(std::string_view text) {
  const size_t close = text.find('}');
  if (close == std::string_view::npos || close == 2) return 0;
  const std::string_view inside = text.substr(2, close - 2);
  if (inside == "*" || inside == "?" || inside == "$") {
    add_literal(inside);
    return close + 1;
  }
  Piece piece{Piece::Kind::kVariable, {}, {}};
  const size_t comma = inside.find(',');
  piece.text = trim(inside.substr(0, comma));
  if (comma != std::string_view::npos) {
    const std::string_view quoted = trim(inside.substr(comma + 1));
    const bool is_quoted = quoted.size() >= 2 && quoted.front() == '\'' && quoted.back() == '\'';
    if (!is_quoted) return 0;
    piece.fallback = quoted.substr(1, quoted.size() - 2);
    piece.has_fallback = true;
  }
  pieces_.push_back(std::move(piece));
  has_variables_ = true;
  return close + 1;
}

void Pattern::compile(std::string_view text, const PatternRules& rules) {
  const bool wildcards = rules.wildcards == PatternRules::Wildcards::kYes;
  const bool variables = rules.variables == PatternRules::Variables::kYes;
  for (size_t i = 0; i < text.size();) {
    const size_t taken = variables && text.substr(i, 2) == "${" ? compile_variable(text.substr(i)) : 0;
    if (taken > 0) {
      i += taken;
      continue;
    }
    if (wildcards && text[i] == '*') {
      // Two stars in a row are one.
      if (pieces_.empty() || pieces_.back().kind != Piece::Kind::kAny) {
        pieces_.push_back({Piece::Kind::kAny, {}, {}});
      }
    } else if (wildcards && text[i] == '?') {
      pieces_.push_back({Piece::Kind::kOne, {}, {}});
    } else {
      add_literal(text.substr(i, 1));
    }
    ++i;
  }
}

void Pattern::append_variable_names(std::vector<std::string_view>& out) const {
  for (const Piece& piece : pieces_) {
    if (piece.kind == Piece::Kind::kVariable) out.push_back(piece.text);
  }
}

bool Pattern::resolve(const Context& context, std::vector<Atom>& out) const {
  out.reserve(pieces_.size());
  for (const Piece& piece : pieces_) {
    if (piece.kind != Piece::Kind::kVariable) {
      out.push_back({piece.kind, piece.text});
      continue;
    }
    const Context::Values* values = context.find(piece.text);
    if (values && values->size() == 1) {
      out.push_back({Piece::Kind::kLiteral, values->front()});
    } else if (!values && piece.has_fallback) {
      out.push_back({Piece::Kind::kLiteral, piece.fallback});
    } else {
      return false;
    }
  }
  return true;
}

// Greedy with one way back: when something does not fit, the last star takes one character more. That is
// enough, since a star that matched earlier gains nothing by giving characters to a later one. Time is at
// most pattern times text.
bool Pattern::match_atoms(const std::vector<Atom>& atoms, std::string_view text,
                          PatternRules::Case letter_case) {
  size_t atom = 0;
  size_t at = 0;
  size_t star_atom = atoms.size();
  size_t star_at = 0;
  for (;;) {
    if (atom == atoms.size() && at == text.size()) return true;
    if (atom < atoms.size()) {
      const Atom& now = atoms[atom];
      if (now.kind == Piece::Kind::kAny) {
        star_atom = atom++;
        star_at = at;
        continue;
      }
      if (now.kind == Piece::Kind::kOne && at < text.size()) {
        ++atom;
        ++at;
        continue;
      }
      if (now.kind == Piece::Kind::kLiteral && starts_with(text.substr(at), now.text, letter_case)) {
        ++atom;
        at += now.text.size();
        continue;
      }
    }
    if (star_atom == atoms.size() || star_at == text.size()) return false;
    atom = star_atom + 1;
    at = ++star_at;
  }
}

bool Pattern::matches(std::string_view text, const Context& context) const {
  if (is_plain_) {
    const std::string_view literal = pieces_.empty() ? std::string_view() : std::string_view(pieces_[0].text);
    if (letter_case_ == PatternRules::Case::kIgnore) return equals_ignore_case(text, literal);
    return text == literal;
  }
  if (pieces_.size() == 1 && pieces_[0].kind == Piece::Kind::kAny) return true;
  std::vector<Atom> atoms;
  return resolve(context, atoms) && match_atoms(atoms, text, letter_case_);
}

bool Pattern::matches_arn(std::string_view text, const Context& context) const {
  if (text_ == "*") return true;
  std::vector<Atom> atoms;
  if (!resolve(context, atoms)) return false;
  // Cut the atoms at the first five colons of their literals, and the text at its first five; compare part by
  // part.
  std::vector<std::vector<Atom>> parts(1);
  for (const Atom& atom : atoms) {
    std::string_view rest = atom.text;
    if (atom.kind != Piece::Kind::kLiteral) {
      parts.back().push_back(atom);
      continue;
    }
    for (size_t colon; parts.size() < 6 && (colon = rest.find(':')) != std::string_view::npos;) {
      parts.back().push_back({Piece::Kind::kLiteral, rest.substr(0, colon)});
      rest.remove_prefix(colon + 1);
      parts.emplace_back();
    }
    parts.back().push_back({Piece::Kind::kLiteral, rest});
  }
  if (parts.size() != 6) return false;
  for (size_t i = 0; i < 6; ++i) {
    const size_t colon = i < 5 ? text.find(':') : text.size();
    if (colon == std::string_view::npos) return false;
    if (!match_atoms(parts[i], text.substr(0, colon), letter_case_)) return false;
    text.remove_prefix(std::min(colon + 1, text.size()));
  }
  return true;
}

}  // namespace haneul::aws::policy
