// JSON: conditions on the properties of a message that is a JSON document, joined by && and || (&& binds
// closer) and parentheses. A property that is not there fulfils no comparison, not even "!="; NOT EXISTS asks
// for that.
#include <vector>

#include "base/json.h"
#include "services/logs/filter/json_path.h"
#include "services/logs/filter/operand.h"
#include "services/logs/filter/parts.h"

namespace haneul::logs::filter {

namespace {

constexpr std::string_view kBare = "*.:/-+@#$";
constexpr size_t kDepthMax = 64;
constexpr size_t kRegexMax = 2;

std::string text_of(const Document& value) {
  return value.is_string() ? value.as_string() : write_json(value);
}

bool compare(Comparison comparison, const Operand& operand, const Document& value) {
  if (value.is_string()) return operand.holds(comparison, value.as_string());
  if (value.is_number()) return operand.holds(comparison, value.as_double(), write_json(value));
  if (value.is_bool())
    return !operand.is_quoted() && operand.holds(comparison, value.as_bool() ? "true" : "false");
  return false;  // null, objects and arrays are compared with nothing
}

struct Condition {
  enum class Kind { kCompare, kIn, kNotIn, kIsNull, kIsTrue, kIsFalse, kExists, kNotExists };
  JsonPath path;
  Kind kind = Kind::kCompare;
  Comparison comparison = Comparison::kEqual;
  std::vector<Operand> operands;

  bool is_one_of(const Document& value) const {
    for (const Operand& operand : operands) {
      if (compare(Comparison::kEqual, operand, value)) return true;
    }
    return false;
  }
  bool fulfils(const Document& value) const {
    switch (kind) {
      case Kind::kCompare: return compare(comparison, operands.front(), value);
      case Kind::kIn: return is_one_of(value);
      case Kind::kNotIn: return !is_one_of(value);
      case Kind::kIsNull: return value.is_null();
      case Kind::kIsTrue: return value.is_bool() && value.as_bool();
      case Kind::kIsFalse: return value.is_bool() && !value.as_bool();
      case Kind::kExists: return true;
      case Kind::kNotExists: return true;
    }
    return false;
  }
  bool holds(const Document& root) const {
    const bool found = path.any(root, [&](const Document& value) { return fulfils(value); });
    return found != (kind == Kind::kNotExists);
  }
};

struct Node {  // a condition, or the conjunction or disjunction of others
  std::optional<Condition> condition;
  bool is_any = false;
  std::vector<Node> nodes;

  bool holds(const Document& root) const {
    if (condition) return condition->holds(root);
    for (const Node& node : nodes) {
      if (node.holds(root) == is_any) return is_any;
    }
    return !is_any;
  }
  void visit(const std::function<void(const Condition&)>& visitor) const {
    if (condition) visitor(*condition);
    for (const Node& node : nodes) node.visit(visitor);
  }
};

std::optional<Document> parse_message(std::string_view message) {
  const size_t first = message.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || (message[first] != '{' && message[first] != '['))
    return std::nullopt;
  try {
    return parse_json(message);
  } catch (const ParseError&) {
    return std::nullopt;
  }
}

class JsonFilter final : public Filter {
 public:
  explicit JsonFilter(Node root) : root_(std::move(root)) {}
  bool matches(std::string_view message) const override {
    const auto document = parse_message(message);
    return document && root_.holds(*document);
  }
  std::map<std::string, std::string> extract(std::string_view message) const override {
    std::map<std::string, std::string> out;
    const auto document = parse_message(message);
    if (!document) return out;
    root_.visit([&](const Condition& condition) {
      condition.path.any(*document, [&](const Document& value) {
        out[condition.path.text()] = text_of(value);
        return true;
      });
    });
    return out;
  }

 private:
  Node root_;
};

class Parser {
 public:
  explicit Parser(std::string_view pattern) : cursor_(pattern) {}

  Node run() {
    cursor_.require("{");
    Node node = any(0);
    cursor_.skip_blanks();
    if (cursor_.take("}") && cursor_.at_end()) return node;
    const char next = cursor_.peek();
    throw_invalid_characters({&next, 1});
  }

 private:
  enum class Join { kAny, kAll };
  Node any(size_t depth) { return joined(depth, Join::kAny); }
  Node all(size_t depth) { return joined(depth, Join::kAll); }

  Node joined(size_t depth, Join join) {
    Node node;
    node.is_any = join == Join::kAny;
    do {
      node.nodes.push_back(node.is_any ? all(depth) : primary(depth));
      cursor_.skip_blanks();
    } while (cursor_.take(node.is_any ? "||" : "&&"));
    if (node.nodes.size() > 1) return node;
    Node only = std::move(node.nodes.front());
    return only;
  }

  Node primary(size_t depth) {
    if (depth > kDepthMax) throw_invalid();
    cursor_.skip_blanks();
    if (cursor_.take("(")) {
      Node inner = any(depth + 1);
      cursor_.skip_blanks();
      cursor_.require(")");
      return inner;
    }
    Node node;
    node.condition = condition();
    return node;
  }

  Condition condition() {
    Condition out{.path = JsonPath::take(cursor_), .operands = {}};
    if (const auto comparison = take_comparison(cursor_)) {
      out.comparison = *comparison;
      out.operands.push_back(operand());
      if (out.operands.back().is_regex() && out.comparison != Comparison::kEqual &&
          out.comparison != Comparison::kNotEqual)
        throw_invalid();
      return out;
    }
    out.kind = keyword();
    if (out.kind == Condition::Kind::kIn || out.kind == Condition::Kind::kNotIn) out.operands = list();
    return out;
  }

  Condition::Kind keyword() {
    using Kind = Condition::Kind;
    if (cursor_.take_keyword("EXISTS")) return Kind::kExists;
    if (cursor_.take_keyword("IN")) return Kind::kIn;
    if (cursor_.take_keyword("NOT")) {
      if (cursor_.take_keyword("EXISTS")) return Kind::kNotExists;
      if (cursor_.take_keyword("IN")) return Kind::kNotIn;
    } else if (cursor_.take_keyword("IS")) {
      if (cursor_.take_keyword("NULL")) return Kind::kIsNull;
      if (cursor_.take_keyword("TRUE")) return Kind::kIsTrue;
      if (cursor_.take_keyword("FALSE")) return Kind::kIsFalse;
    }
    throw_invalid();
  }

  std::vector<Operand> list() {
    std::vector<Operand> out;
    cursor_.skip_blanks();
    cursor_.require("[");
    do {
      out.push_back(operand());
      cursor_.skip_blanks();
    } while (cursor_.take(","));
    cursor_.require("]");
    return out;
  }

  Operand operand() {
    Operand out = Operand::take(cursor_, kBare);
    if (out.is_regex() && ++regexes_ > kRegexMax) throw_invalid();
    return out;
  }

  Cursor cursor_;
  size_t regexes_ = 0;
};

}  // namespace

FilterPtr parse_json_pattern(std::string_view pattern) {
  return std::make_shared<JsonFilter>(Parser(pattern).run());
}

}  // namespace haneul::logs::filter
