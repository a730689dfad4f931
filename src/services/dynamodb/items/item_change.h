// ItemChange: one write of one item, as PutItem, UpdateItem, DeleteItem, a batch, a transaction or a
// statement asks for it. Parsed and checked as far as that goes without the table; prepared with the table;
// then applied inside a transaction. Thread rule: one request's thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "services/dynamodb/expression/modification.h"
#include "services/dynamodb/expression/predicate.h"
#include "services/dynamodb/items/item_writer.h"

namespace haneul::dynamodb {

struct ItemChange {
  enum class Kind { kPut, kUpdate, kDelete, kCheck };
  Kind kind = Kind::kPut;
  Attributes given;  // the item of kPut, the key of the others
  Predicate condition;
  Modification update;  // of kUpdate
  // What asks for it: updates are measured, and refused, differently.
  enum class Through : uint8_t { kOperation, kTransaction, kStatement } through = Through::kOperation;
};

// Refuses what does not fit the table; gives the key of the item.
ItemKey prepare(const Table& table, const ItemChange& change);

// "The conditional request failed", with the item as it was.
struct ConditionFailed {
  std::optional<Attributes> item;
};

struct Applied {
  Change change;
  WriteCost cost;
};
// Throws ConditionFailed; refuses updates that the item does not allow.
Applied apply(ItemWriter& writer, const Table& table, const ItemKey& key, const ItemChange& change);

// What an update wrote, as far as the item has it; nothing when it has nothing of it.
std::optional<Attributes> written_part(const Attributes& item, const Modification& update);

}  // namespace haneul::dynamodb
