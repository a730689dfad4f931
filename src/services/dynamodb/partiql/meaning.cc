#include "services/dynamodb/partiql/meaning.h"

#include "model/error.h"
#include "services/dynamodb/refusal.h"
#include "services/dynamodb/value/wire.h"

namespace haneul::dynamodb::partiql {
namespace {

Predicate absent(const std::string& attribute) {
  Placeholders placeholders(Placeholders::Names{{"#k", attribute}}, std::nullopt);
  return parse_condition("attribute_not_exists(#k)", "ConditionExpression", placeholders);
}

const char* action_of(const Statement& statement) {
  if (std::holds_alternative<Insert>(statement)) return "dynamodb:PartiQLInsert";
  if (std::holds_alternative<Update>(statement)) return "dynamodb:PartiQLUpdate";
  if (std::holds_alternative<Delete>(statement)) return "dynamodb:PartiQLDelete";
  return "dynamodb:PartiQLSelect";
}

const char* name_of(Returning returning) {
  switch (returning) {
    case Returning::kNothing: return "NONE";
    case Returning::kAllOld: return "ALL_OLD";
    case Returning::kAllNew: return "ALL_NEW";
    case Returning::kModifiedOld: return "UPDATED_OLD";
    case Returning::kModifiedNew: return "UPDATED_NEW";
  }
  return "NONE";
}

const Select* select_of(const Statement& statement) {
  if (const auto* select = std::get_if<Select>(&statement)) return select;
  const auto* exists = std::get_if<Exists>(&statement);
  return exists == nullptr ? nullptr : &exists->select;
}

const Predicate* where_of(const Statement& statement) {
  if (const Select* select = select_of(statement)) return &select->where;
  if (const auto* update = std::get_if<Update>(&statement)) return &update->where;
  if (const auto* gone = std::get_if<Delete>(&statement)) return &gone->where;
  return nullptr;
}

void add_attributes(const Statement& statement, ItemTouch& touch) {
  if (const Predicate* where = where_of(statement); where != nullptr && *where) {
    touch.attributes.merge(where->attributes());
  }
  if (const auto* insert = std::get_if<Insert>(&statement)) {
    for (const auto& [name, value] : insert->item) touch.attributes.insert(name);
  }
  if (const auto* update = std::get_if<Update>(&statement)) {
    touch.attributes.merge(update->modification.attributes());
  }
  if (const Select* select = select_of(statement)) {
    for (const Projected& projected : select->list) touch.attributes.insert(projected.path.root);
  }
}

// The hash keys that the statement names, and whether it names any.
void add_hashes(const Statement& statement, const KeyNames& keys, ItemTouch& touch) {
  if (const auto* insert = std::get_if<Insert>(&statement)) {
    if (const Value* hash = insert->item.find(keys.hash)) touch.hashes = {*hash};
    return;
  }
  const auto found = key_access(*where_of(statement), keys);
  if (found) touch.hashes = found->hashes;
  if (select_of(statement) != nullptr) touch.full_table_scan = found ? "false" : "true";
}

ItemTouch touch_of(const Table* table, const Statement& statement) {
  ItemTouch touch;
  add_attributes(statement, touch);
  const Select* select = select_of(statement);
  if (select == nullptr) {
    touch.return_values = name_of(returning_of(statement));
  } else {
    const bool listed = !select->list.empty();
    touch.select = listed               ? "SPECIFIC_ATTRIBUTES"
                   : select->from.index ? "ALL_PROJECTED_ATTRIBUTES"
                                        : "ALL_ATTRIBUTES";
  }
  if (table == nullptr) return touch;
  const bool indexed = select != nullptr && select->from.index;
  const Index* index = indexed ? table->index(*select->from.index) : nullptr;
  if (!indexed || index != nullptr) add_hashes(statement, names_of(*table, index), touch);
  return touch;
}

}  // namespace

Statement parse(const std::string& text, const Parameters& parameters) {
  std::vector<Value> values;
  if (parameters) {
    for (const Document& parameter : *parameters) values.push_back(value_from(parameter));
  }
  return parse_statement(text, values);
}

std::optional<Statement> try_parse(const std::string& text, const Parameters& parameters) {
  try {
    return parse(text, parameters);
  } catch (const model::ServiceError&) {
    return std::nullopt;
  }
}

KeyNames names_of(const Table& table, const Index* index) {
  const KeySchema& keys = index == nullptr ? table.keys : index->keys;
  return {.hash = keys.hash, .range = keys.range};
}

ItemChange change_of(const Table& table, const Statement& statement) {
  ItemChange out;
  out.through = ItemChange::Through::kStatement;
  const KeyNames keys = names_of(table, nullptr);
  if (const auto* insert = std::get_if<Insert>(&statement)) {
    out.kind = ItemChange::Kind::kPut;
    out.given = insert->item;
    out.condition = absent(keys.hash);
  } else if (const auto* update = std::get_if<Update>(&statement)) {
    out.kind = ItemChange::Kind::kUpdate;
    out.given = whole_key(update->where, keys);
    out.condition = update->where;
    out.update = update->modification;
  } else if (const auto* gone = std::get_if<Delete>(&statement)) {
    out.kind = ItemChange::Kind::kDelete;
    out.given = whole_key(gone->where, keys);
    if (looks_beyond(gone->where, keys)) out.condition = gone->where;
  } else if (const auto* exists = std::get_if<Exists>(&statement)) {
    if (exists->select.from.index) refuse("EXISTS is about an item of a table, not of an index");
    out.kind = ItemChange::Kind::kCheck;
    out.given = whole_key(exists->select.where, keys);
    out.condition = exists->select.where;
  } else {
    refuse("Statement of this kind cannot be run by itself");
  }
  return out;
}

Returning returning_of(const Statement& statement) {
  if (const auto* update = std::get_if<Update>(&statement)) return update->returning;
  if (const auto* gone = std::get_if<Delete>(&statement)) return gone->returning;
  return Returning::kNothing;
}

platform::AccessChecks checks_of(const TableAccess& access, const platform::Request& request,
                                 const Statement& statement, const std::optional<std::string>& enclosing) {
  std::optional<std::string> index;
  if (const Select* select = select_of(statement)) index = select->from.index;
  const std::string& named = table_of(statement);
  const TablePtr table = access.find(request, named);
  ItemTouch touch = touch_of(table.get(), statement);
  touch.enclosing = enclosing;
  return access.on_index(request, action_of(statement), named, index, touch);
}

}  // namespace haneul::dynamodb::partiql
