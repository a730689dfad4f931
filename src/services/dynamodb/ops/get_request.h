// Reading items by their keys: what GetItem, BatchGetItem and TransactGetItems share. Thread rule: one
// request's thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "services/dynamodb/expression/selection.h"
#include "services/dynamodb/items/capacity.h"
#include "services/dynamodb/tables/table.h"
#include "store/tx.h"

namespace haneul::dynamodb {

struct SelectionRequest {
  const std::optional<std::string>& expression;
  const std::optional<std::vector<std::string>>& attributes_to_get;
  const std::optional<Placeholders::Names>& names;
};
Selection selection_of(const SelectionRequest& request);

// The key has been checked. Nothing when there is no such item.
std::optional<Attributes> read_item(store::Reader& reader, const Table& table, const Attributes& key);

}  // namespace haneul::dynamodb
