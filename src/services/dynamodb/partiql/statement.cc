#include "services/dynamodb/partiql/statement.h"

#include <algorithm>

#include <fmt/format.h>

#include "services/dynamodb/partiql/clauses.h"
#include "services/dynamodb/partiql/reader.h"
#include "services/dynamodb/refusal.h"

namespace haneul::dynamodb::partiql {
namespace {

constexpr const char* kAliased = "Aliasing is not supported";
constexpr const char* kManyItems =
    "Unsupported operation: Inserting multiple items in a single statement is not supported, use \"INSERT "
    "INTO "
    "tableName VALUE item\" instead";
constexpr const char* kManyTables =
    "FROM clause may only contain a single table name in data manipulation statements";
constexpr const char* kOnIndex = "This operation is not supported on an index";
constexpr size_t kTableNameMin = 3;
constexpr size_t kTableNameMax = 255;

std::string name_of(const Path& path) {
  std::string out = path.root;
  for (const Path::Step& step : path.rest) {
    if (const auto* name = std::get_if<std::string>(&step)) {
      out = *name;
    } else {
      out += fmt::format("[{}]", std::get<size_t>(step));
    }
  }
  return out;
}

bool is_table_name(std::string_view name) {
  return name.size() >= kTableNameMin && name.size() <= kTableNameMax &&
         std::ranges::all_of(name, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                  c == '_' || c == '.';
         });
}

class StatementReader {
 public:
  StatementReader(std::string_view text, std::span<const Value> parameters) : in_(text, parameters) {}

  Statement whole() {
    Statement out = one();
    in_.expect_end();
    return out;
  }

 private:
  Statement one() {
    if (in_.at_word("SELECT")) return select();
    if (in_.take_word("INSERT")) return insert();
    if (in_.take_word("UPDATE")) return update();
    if (in_.take_word("DELETE")) return remove();
    if (in_.take_word("FROM")) return from_first();
    if (in_.take_word("EXISTS")) return exists();
    const bool defines = in_.at_word("CREATE") || in_.at_word("DROP");
    if (in_.at_identifier() && !defines) not_well_formed("Expected data manipulation");
    in_.fail();
  }

  // One or two names; what stands behind them is no alias.
  Source source() {
    if (in_.at_symbol("[")) refuse("Invalid list expression in source.");
    Source out{.table = in_.identifier(), .index = {}};
    if (in_.take_symbol(".")) {
      if (!in_.at_identifier()) {
        refuse("Invalid path dot component in this operation, expecting either an IDENTIFIER or STAR.");
      }
      out.index = in_.identifier();
    }
    if (in_.at_symbol(".")) refuse("A path may contain at most 2 components in the FROM clause");
    if (out.table.empty() || (out.index && out.index->empty())) {
      refuse("Path component cannot be an empty string");
    }
    if (!is_table_name(out.table) || (out.index && !is_table_name(*out.index))) {
      refuse(
          "Table name should be within the length [3, 255] and only contain 'a-z', 'A-Z', '0-9', '-', '_', "
          "'.'.");
    }
    return out;
  }

  Source named_source(const char* several) {
    Source out = source();
    if (in_.at_word("AS") || in_.at_identifier()) refuse(kAliased);
    if (in_.at_symbol(",")) refuse(several);
    return out;
  }

  Predicate where() {
    if (!in_.take_word("WHERE")) return {};
    return Predicate(std::make_shared<const PredicateNode>(read_condition(in_)));
  }

  Select select() {
    in_.expect_word("SELECT");
    if (in_.at_word("VALUE") || in_.at_word("PIVOT")) {
      refuse("Select projection doesn't support value or pivot keywords");
    }
    Select out;
    select_list(out);
    in_.expect_word("FROM");
    out.from = named_source("Only select from a single table or index is supported.");
    const bool filtered = in_.at_word("WHERE");
    out.where = where();
    if (in_.take_word("ORDER")) {
      in_.expect_word("BY");
      order(out);
      if (!filtered && !in_.at_word("WHERE")) {
        refuse("Must have WHERE clause in the statement when using ORDER BY clause.");
      }
    }
    return out;
  }

  void select_list(Select& out) {
    if (in_.take_symbol("*")) {
      if (in_.at_symbol(","))
        refuse("Other attributes should not be present in the projection when '*' is used.");
      return;
    }
    do {
      if (in_.at_symbol("*")) {
        refuse("Other attributes should not be present in the projection when '*' is used.");
      }
      if (in_.at_call()) refuse("Unexpected path component" + place_of(in_.peek()));
      Path path = in_.path();
      if (in_.at_word("AS")) refuse(kAliased);
      std::string name = name_of(path);
      if (std::ranges::find(out.list, name, &Projected::name) != out.list.end()) {
        refuse(fmt::format("Duplicate identifiers in select clause: {}", name));
      }
      out.list.push_back({.path = std::move(path), .name = std::move(name)});
    } while (in_.take_symbol(","));
  }

  void order(Select& out) {
    do {
      OrderKey key{.attribute = in_.identifier(), .direction = OrderKey::Direction::kAscending};
      if (in_.at_symbol(".") || in_.at_symbol("[") || in_.at_symbol("(")) {
        refuse("Argument to ORDER BY must be of type VariableReference. Type: Path");
      }
      if (in_.take_word("DESC")) {
        key.direction = OrderKey::Direction::kDescending;
      } else {
        in_.take_word("ASC");
      }
      out.order.push_back(std::move(key));
    } while (in_.take_symbol(","));
  }

  Insert insert() {
    in_.expect_word("INTO");
    Source table = source();
    if (table.index) refuse(kManyTables);
    if (in_.at_word("VALUES") || in_.at_symbol("<<") || in_.at_symbol("(")) refuse(kManyItems);
    if (!in_.take_word("VALUE")) {
      in_.expect_end();
      in_.fail();
    }
    if (!in_.at_symbol("{")) {
      refuse(
          "Unsupported format in item expression. Please use struct format {...} to express item values for "
          "insert "
          "statement.");
    }
    Insert out{.table = std::move(table.table), .item = in_.item()};
    if (in_.at_word("RETURNING")) refuse("RETURNING is not supported in INSERT");
    if (in_.at_word("AT")) refuse("AT is not supported in insert statements.");
    if (in_.at_word("FROM") || in_.at_word("WHERE")) {
      refuse("Unsupported FROM ... WHERE ... clause in INSERT statement.");
    }
    return out;
  }

  Update update() {
    Update out;
    out.table = changed_source();
    out.modification = changes();
    out.where = where();
    out.returning = returning();
    return out;
  }

  // FROM "table" WHERE ... SET ...: an update with its clauses turned.
  Update from_first() {
    Update out;
    out.table = changed_source();
    out.where = where();
    out.modification = changes();
    out.returning = returning();
    return out;
  }

  Source changed_source() {
    Source out = source();
    if (!at_change(in_) && (in_.at_word("AS") || in_.at_identifier())) refuse(kAliased);
    if (in_.at_symbol(",")) refuse(kManyTables);
    if (out.index) refuse(kOnIndex);
    return out;
  }

  Modification changes() {
    if (!at_change(in_)) in_.fail();
    return Modification(std::make_shared<const ModificationPlan>(read_changes(in_)));
  }

  Returning returning() {
    if (!in_.take_word("RETURNING")) return Returning::kNothing;
    const bool all = in_.at_word("ALL"), is_new = in_.at_word("NEW", 1);
    const bool known = (all || in_.at_word("MODIFIED")) && (is_new || in_.at_word("OLD", 1));
    if (!known || !in_.at_symbol("*", 2)) {
      refuse("Expected '*' after ( MODIFIED | ALL ) ( NEW | OLD ) in RETURNING clause");
    }
    for (int i = 0; i < 3; ++i) in_.next();
    if (in_.at_symbol(",")) refuse("Invalid syntax with multiple returning elements in RETURNING clause");
    if (all) return is_new ? Returning::kAllNew : Returning::kAllOld;
    return is_new ? Returning::kModifiedNew : Returning::kModifiedOld;
  }

  Delete remove() {
    in_.expect_word("FROM");
    Delete out;
    out.table = named_source(kManyTables);
    if (out.table.index) refuse(kOnIndex);
    out.where = where();
    const Token kind = in_.peek(1), state = in_.peek(2);
    out.returning = returning();
    if (out.returning != Returning::kNothing && out.returning != Returning::kAllOld) {
      refuse(fmt::format(
          "Invalid returning clause: RETURNING {} {} *. Only RETURNING ALL OLD * is allowed in DELETE "
          "statements.",
          kind.text, state.text));
    }
    return out;
  }

  Exists exists() {
    in_.expect_symbol("(");
    Exists out{.select = select()};
    in_.expect_symbol(")");
    return out;
  }

  Reader in_;
};

struct Table {
  const std::string& operator()(const Select& select) const { return select.from.table; }
  const std::string& operator()(const Insert& insert) const { return insert.table; }
  const std::string& operator()(const Update& update) const { return update.table.table; }
  const std::string& operator()(const Delete& remove) const { return remove.table.table; }
  const std::string& operator()(const Exists& exists) const { return exists.select.from.table; }
};

}  // namespace

Statement parse_statement(std::string_view text, std::span<const Value> parameters) {
  return StatementReader(text, parameters).whole();
}

const std::string& table_of(const Statement& statement) { return std::visit(Table{}, statement); }

Attributes Select::project(const Attributes& item) const {
  if (list.empty()) return item;
  Attributes out;
  for (const Projected& projected : list) {
    if (const Value* value = find(item, projected.path)) out.set(projected.name, *value);
  }
  return out;
}

}  // namespace haneul::dynamodb::partiql
