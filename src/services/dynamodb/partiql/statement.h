// A PartiQL statement, as parsed: what ExecuteStatement, BatchExecuteStatement and ExecuteTransaction run.
// Its parts are those of the other operations: a predicate, a modification, an item. Parameters are bound
// already.
//
// Source: "PartiQL - a SQL-compatible query language for Amazon DynamoDB". Deliberate differences:
// identifiers that are keywords of SQL, but of no statement here, need no quotes. Thread rule: plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "services/dynamodb/expression/key_condition.h"
#include "services/dynamodb/expression/modification.h"
#include "services/dynamodb/expression/predicate.h"

namespace haneul::dynamodb::partiql {

struct Source {
  std::string table;
  std::optional<std::string> index;
};

// One of the SELECT list, and the name that it has in the answer: "b" of a.b, "l[0]" of a.l[0].
struct Projected {
  Path path;
  std::string name;
};

struct OrderKey {
  enum class Direction : uint8_t { kAscending, kDescending };
  std::string attribute;
  Direction direction = Direction::kAscending;
};

struct Select {
  Source from;
  std::vector<Projected> list;  // empty: everything (*)
  Predicate where;              // none: holds always
  std::vector<OrderKey> order;

  Attributes project(const Attributes& item) const;
};

struct Insert {
  std::string table;
  Attributes item;
};

enum class Returning : uint8_t { kNothing, kAllOld, kAllNew, kModifiedOld, kModifiedNew };

struct Update {
  Source table;
  Modification modification;
  Predicate where;
  Returning returning = Returning::kNothing;
};

struct Delete {
  Source table;
  Predicate where;
  Returning returning = Returning::kNothing;  // kAllOld or kNothing
};

struct Exists {  // of a transaction: a condition on one item
  Select select;
};

using Statement = std::variant<Select, Insert, Update, Delete, Exists>;

// Refuses what is no statement, and parameters that are too many or too few, with DynamoDB's sentences.
Statement parse_statement(std::string_view text, std::span<const Value> parameters);

// The table that a statement is about.
const std::string& table_of(const Statement& statement);

// What of a condition the keys of a table or index can answer: what is compared at the top level, by AND
// only. The condition itself still has to hold.
struct KeyAccess {
  std::vector<Value> hashes;  // of "=" one, of IN all of them
  std::optional<RangeCondition> range;
  size_t range_conditions = 0;  // only the first one is in `range`
};
// Nothing when the hash key is not given by "=" or IN.
std::optional<KeyAccess> key_access(const Predicate& where, const KeyNames& keys);
// The one item that a write, or a read in a transaction, is about. Refuses a condition that does not give
// every key by "=" ("Where clause does not contain a mandatory equality on all key attributes").
Attributes whole_key(const Predicate& where, const KeyNames& keys);
// Whether it gives every key by "=".
bool names_key(const Predicate& where, const KeyNames& keys);
// Whether the condition asks for more than the keys.
bool looks_beyond(const Predicate& where, const KeyNames& keys);

}  // namespace haneul::dynamodb::partiql
