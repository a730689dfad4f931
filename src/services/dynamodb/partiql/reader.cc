#include "services/dynamodb/partiql/reader.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "services/dynamodb/expression/functions.h"
#include "services/dynamodb/expression/lexer.h"
#include "services/dynamodb/refusal.h"
#include "services/dynamodb/value/wire.h"

namespace haneul::dynamodb::partiql {
namespace {

constexpr size_t kDepthMax = 300;
constexpr size_t kParametersMax = 1024;

// Of the statements here; no identifier without quotes.
constexpr std::array<std::string_view, 29> kKeywords = {
    "ALL",    "AND",       "AS",     "ASC",  "BETWEEN", "BY",      "DELETE", "DESC",   "EXISTS", "FALSE",
    "FROM",   "IN",        "INSERT", "INTO", "IS",      "MISSING", "NOT",    "NULL",   "OR",     "ORDER",
    "REMOVE", "RETURNING", "SELECT", "SET",  "TRUE",    "UPDATE",  "VALUE",  "VALUES", "WHERE"};
static_assert(std::ranges::is_sorted(kKeywords));

[[noreturn]] void wrong_count() { refuse("Number of parameters in request and statement don't match."); }

// An exponent, and the scale that it leaves, must fit 32 bits.
bool is_readable(std::string_view number) {
  const size_t e = number.find_first_of("eE");
  if (e == std::string_view::npos) return true;
  std::string_view digits = number.substr(e + 1);
  if (digits[0] == '+') digits.remove_prefix(1);
  int32_t exponent = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
  if (error != std::errc{}) return false;
  const size_t point = number.find('.');
  const auto behind = static_cast<int64_t>(point < e ? e - point - 1 : 0);
  const int64_t scale = behind - exponent;
  return scale <= std::numeric_limits<int32_t>::max() && scale >= std::numeric_limits<int32_t>::min();
}

template <class Item>
std::vector<Item> distinct(std::vector<Item> items, const std::vector<std::string>& words) {
  std::ranges::sort(items);
  if (std::ranges::adjacent_find(items) == items.end()) return items;
  refuse(fmt::format("One or more parameter values were invalid: Input collection [{}] contains duplicates.",
                     fmt::join(words, ", ")));
}

}  // namespace

std::string place_of(const Token& token) {
  return fmt::format(" at {}:{}:{}", token.line, token.column, token.length);
}

Reader::Reader(std::string_view text, std::span<const Value> parameters)
    : tokens_(tokens_of(text)), parameters_(parameters) {
  if (parameters.size() > kParametersMax) wrong_count();
}

Reader::Level::Level(Reader& reader) : reader_(reader) {
  if (++reader.depth_ > kDepthMax) not_well_formed("");
}

const Token& Reader::peek(size_t ahead) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }

Token Reader::next() {
  const Token out = peek();
  if (out.kind != Token::Kind::kEnd) ++at_;
  return out;
}

bool Reader::at_symbol(std::string_view symbol, size_t ahead) const {
  return peek(ahead).kind == Token::Kind::kSymbol && peek(ahead).text == symbol;
}

bool Reader::at_word(std::string_view upper, size_t ahead) const {
  return peek(ahead).kind == Token::Kind::kWord && same_word(peek(ahead).text, upper);
}

bool Reader::take_symbol(std::string_view symbol) {
  if (!at_symbol(symbol)) return false;
  next();
  return true;
}

bool Reader::take_word(std::string_view upper) {
  if (!at_word(upper)) return false;
  next();
  return true;
}

void Reader::expect_symbol(std::string_view symbol) {
  if (!take_symbol(symbol)) fail();
}

void Reader::expect_word(std::string_view upper) {
  if (!take_word(upper)) fail();
}

void Reader::fail() const { not_well_formed("Unexpected term"); }

void Reader::expect_end() {
  while (take_symbol(";")) {
  }
  if (peek().kind != Token::Kind::kEnd) not_well_formed("Unexpected token after expression");
  if (bound_ != parameters_.size()) wrong_count();
}

bool Reader::at_identifier() const {
  if (peek().kind == Token::Kind::kQuoted) return true;
  return peek().kind == Token::Kind::kWord &&
         std::ranges::none_of(kKeywords, [this](std::string_view word) { return at_word(word); });
}

bool Reader::at_call() const { return peek().kind == Token::Kind::kWord && at_symbol("(", 1); }

bool Reader::at_value() const {
  const Token::Kind kind = peek().kind;
  if (kind == Token::Kind::kString || kind == Token::Kind::kNumber || kind == Token::Kind::kParameter)
    return true;
  if (kind == Token::Kind::kWord) {
    return at_word("TRUE") || at_word("FALSE") || at_word("NULL") || at_word("MISSING");
  }
  return at_symbol("[") || at_symbol("{") || at_symbol("<<") || at_symbol("-") || at_symbol("+");
}

std::string Reader::identifier() {
  if (!at_identifier()) fail();
  return next().text;
}

size_t Reader::index() {
  const bool negative = take_symbol("-");
  if (peek().kind != Token::Kind::kNumber) fail();
  const Token token = next();
  int32_t out = 0;
  const auto [end, error] = std::from_chars(token.text.data(), token.text.data() + token.text.size(), out);
  if (end != token.text.data() + token.text.size()) fail();
  if (error != std::errc{} || (negative && out != 0)) {
    refuse(fmt::format("List index is not within the allowable range; index: [{}{}]{}", negative ? "-" : "",
                       token.text, place_of(token)));
  }
  return static_cast<size_t>(out);
}

Path Reader::path() {
  if (at_symbol("[")) refuse("A path cannot start with a list index");
  Path out{.root = identifier(), .rest = {}};
  while (true) {
    if (take_symbol(".")) {
      if (at_symbol("*")) refuse("Unpivot path component like a.*.b are not supported");
      if (!at_identifier()) not_well_formed("Invalid path dot component");
      out.rest.emplace_back(next().text);
    } else if (take_symbol("[")) {
      if (at_symbol("*")) refuse("Wildcard path component like a[*].b are not supported");
      if (peek().kind == Token::Kind::kString) {
        out.rest.emplace_back(next().text);
      } else {
        out.rest.emplace_back(index());
      }
      expect_symbol("]");
    } else {
      break;
    }
  }
  const auto is_empty = [](const Path::Step& step) {
    const auto* name = std::get_if<std::string>(&step);
    return name != nullptr && name->empty();
  };
  if (out.root.empty() || std::ranges::any_of(out.rest, is_empty)) {
    refuse("Path component cannot be an empty string");
  }
  if (out.rest.size() + 1 > kPathDepthMax) {
    refuse(fmt::format("The document path has too many nesting levels; nesting levels: {}",
                       out.rest.size() + 1));
  }
  return out;
}

Value Reader::value(const std::string& under) {
  const Level level(*this);
  switch (peek().kind) {
    case Token::Kind::kString: return next().text;
    case Token::Kind::kNumber: return number("", under);
    case Token::Kind::kParameter:
      next();
      if (bound_ == parameters_.size()) wrong_count();
      return parameters_[bound_++];
    default: break;
  }
  if (take_word("TRUE")) return Value(true);
  if (take_word("FALSE")) return Value(false);
  if (take_word("NULL")) return Null{};
  if (at_word("MISSING")) refuse("MISSING must be compared using IS operator");
  if (take_symbol("-")) return number("-", under);
  if (take_symbol("+")) return number("", under);
  if (take_symbol("[")) return list(under);
  if (take_symbol("{")) return map(under);
  if (take_symbol("<<")) return bag(under);
  if (at_call()) {
    refuse(fmt::format("Unsupported data type: {} under key {}{}", peek().text, under, place_of(peek())));
  }
  fail();
}

Value Reader::number(std::string_view sign, const std::string& under) {
  if (peek().kind != Token::Kind::kNumber) fail();
  const std::string text = std::string(sign) + next().text;
  if (!is_readable(text)) not_well_formed("");
  try {
    return Number::parse(text);
  } catch (const NumberError& error) {
    refuse(fmt::format("{} under {}", error.what(), under));
  }
}

Value Reader::list(const std::string& under) {
  List out;
  if (take_symbol("]")) return out;
  do out.push_back(value(fmt::format("{}[{}]", under, out.size())));
  while (take_symbol(","));
  expect_symbol("]");
  return out;
}

Attributes Reader::item() {
  const Level level(*this);
  expect_symbol("{");
  return map("");
}

Attributes Reader::map(const std::string& under) {
  Attributes out;
  if (take_symbol("}")) return out;
  do {
    const Token key = next();
    if (key.kind != Token::Kind::kString) fail();
    if (out.find(key.text) != nullptr) {
      refuse(
          fmt::format("Duplicate keys in tuple. Key: {} under {}", key.text, under.empty() ? "root" : under));
    }
    expect_symbol(":");
    out.set(key.text, value(under.empty() ? "root" : under + "." + key.text));
  } while (take_symbol(","));
  expect_symbol("}");
  return out;
}

Value Reader::bag(const std::string& under) {
  if (take_symbol(">>")) refuse("Empty bags are not supported");
  std::vector<Value> items;
  do items.push_back(value(fmt::format("{}[{}]", under, items.size())));
  while (take_symbol(","));
  expect_symbol(">>");
  std::vector<std::string> texts, words;
  std::vector<Number> numbers;
  for (const Value& item : items) {
    const bool fits = item.type() == items[0].type() &&
                      (item.string() != nullptr || item.number() != nullptr || item.binary() != nullptr);
    if (!fits) {
      refuse("Unsupported data type in Bag. DynamoDB only supports either numbers or strings in bags");
    }
    if (const Number* number = item.number()) {
      numbers.push_back(*number);
      words.push_back(number->text());
    } else {
      texts.push_back(item.string() != nullptr ? *item.string() : *item.binary());
      words.push_back(item.string() != nullptr ? *item.string() : "binary");
    }
  }
  if (!numbers.empty()) return NumberSet{distinct(std::move(numbers), words)};
  if (items[0].string() != nullptr) return StringSet{distinct(std::move(texts), words)};
  return BinarySet{distinct(std::move(texts), words)};
}

}  // namespace haneul::dynamodb::partiql
