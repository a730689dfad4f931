// Fields: lines whose columns are separated by blanks; text in brackets or quotes is one column. The last
// named column holds the rest of the line, "..." stands for any number of columns. A column may be compared
// several times, joined by && and ||.
#include <vector>

#include "services/logs/filter/operand.h"
#include "services/logs/filter/parts.h"

namespace haneul::logs::filter {

namespace {

constexpr std::string_view kBare = "*.:/-+@#$";
constexpr std::string_view kNameSigns = "-.";
constexpr size_t kRegexMax = 2;

struct Condition {
  Comparison comparison;
  Operand operand;
};

struct Column {
  std::string name;                                // empty: only its number names it
  std::vector<std::vector<Condition>> any_of_all;  // empty: anything
  bool is_rest = false;                            // "..."

  bool holds(std::string_view value) const {
    if (any_of_all.empty()) return true;
    for (const auto& all : any_of_all) {
      bool every = true;
      for (const Condition& condition : all)
        every = every && condition.operand.holds(condition.comparison, value);
      if (every) return true;
    }
    return false;
  }
};

char closing_of(char opening) {
  if (opening == '[') return ']';
  return opening == '"' ? '"' : '\0';
}

// One column from the front of the line; the line keeps what follows.
std::string_view take_column(std::string_view& line) {
  const auto skip = [&] {
    while (!line.empty() && (line.front() == ' ' || line.front() == '\t')) line.remove_prefix(1);
  };
  const char closing = closing_of(line.front());
  if (closing != '\0') {
    const size_t end = line.find(closing, 1);
    if (end != std::string_view::npos) {
      const std::string_view column = line.substr(1, end - 1);
      line.remove_prefix(end + 1);
      skip();
      return column;
    }
  }
  const size_t end = std::min(line.find_first_of(" \t"), line.size());
  const std::string_view column = line.substr(0, end);
  line.remove_prefix(end);
  skip();
  return column;
}

std::string_view trim_line(std::string_view line) {
  const size_t begin = line.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return line.substr(begin, line.find_last_not_of(" \t\r\n") - begin + 1);
}

class FieldsFilter final : public Filter {
 public:
  explicit FieldsFilter(std::vector<Column> columns) : columns_(std::move(columns)) {
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (!columns_[i].is_rest) continue;
      if (rest_) throw_invalid();
      rest_ = i;
    }
  }

  bool matches(std::string_view message) const override {
    const auto values = split(message);
    if (!fits(values)) return false;
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (!columns_[i].is_rest && !columns_[i].holds(values[place(i, values.size())])) return false;
    }
    return true;
  }

  std::map<std::string, std::string> extract(std::string_view message) const override {
    const auto values = split(message);
    std::map<std::string, std::string> out;
    if (!fits(values)) return out;
    std::vector<std::string> names(values.size());
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (!columns_[i].is_rest) names[place(i, values.size())] = columns_[i].name;
    }
    for (size_t i = 0; i < values.size(); ++i) {
      out["$" + (names[i].empty() ? std::to_string(i + 1) : names[i])] = std::string(values[i]);
    }
    return out;
  }

 private:
  std::vector<std::string_view> split(std::string_view message) const {
    std::vector<std::string_view> values;
    for (std::string_view line = trim_line(message); !line.empty();) {
      if (!rest_ && values.size() + 1 == columns_.size()) {
        const std::string_view all = line;
        const std::string_view last = take_column(line);
        values.push_back(line.empty() ? last : all);
        break;
      }
      values.push_back(take_column(line));
    }
    return values;
  }
  bool fits(const std::vector<std::string_view>& values) const {
    return rest_ ? values.size() + 1 >= columns_.size() : values.size() == columns_.size();
  }
  // Which value a column is: those behind "..." are counted from the end.
  size_t place(size_t column, size_t values) const {
    return rest_ && column > *rest_ ? values - (columns_.size() - column) : column;
  }

  std::vector<Column> columns_;
  std::optional<size_t> rest_;
};

class Parser {
 public:
  explicit Parser(std::string_view pattern) : cursor_(pattern) {}

  std::vector<Column> run() {
    std::vector<Column> columns;
    cursor_.require("[");
    do {
      columns.push_back(column());
    } while (cursor_.take(","));
    cursor_.require("]");
    if (!cursor_.at_end()) throw_invalid();
    return columns;
  }

 private:
  Column column() {
    Column out;
    cursor_.skip_blanks();
    if (cursor_.take("...")) {
      out.is_rest = true;
      cursor_.skip_blanks();
      return out;
    }
    const bool in_parentheses = cursor_.take("(");
    cursor_.skip_blanks();
    out.name = std::string(cursor_.word(kNameSigns));
    if (const auto comparison = take_comparison(cursor_)) conditions(out, *comparison);
    cursor_.skip_blanks();
    if (in_parentheses) {
      cursor_.require(")");
      cursor_.skip_blanks();
    }
    return out;
  }

  void conditions(Column& out, Comparison first) {
    out.any_of_all.push_back({condition(first)});
    for (cursor_.skip_blanks();; cursor_.skip_blanks()) {
      const bool is_and = cursor_.take("&&");
      if (!is_and && !cursor_.take("||")) return;
      cursor_.skip_blanks();
      if (cursor_.word(kNameSigns) != out.name) throw_invalid();  // one column is one name
      const auto comparison = take_comparison(cursor_);
      if (!comparison) throw_invalid();
      if (!is_and) out.any_of_all.emplace_back();
      out.any_of_all.back().push_back(condition(*comparison));
    }
  }

  Condition condition(Comparison comparison) {
    Operand operand = Operand::take(cursor_, kBare);
    if (operand.is_regex() && ++regexes_ > kRegexMax) throw_invalid();
    return {comparison, std::move(operand)};
  }

  Cursor cursor_;
  size_t regexes_ = 0;
};

}  // namespace

FilterPtr parse_fields(std::string_view pattern) {
  return std::make_shared<FieldsFilter>(Parser(pattern).run());
}

}  // namespace haneul::logs::filter
