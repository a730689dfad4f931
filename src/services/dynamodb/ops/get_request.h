// Reading items by their keys: what GetItem, BatchGetItem and TransactGetItems share. Thread rule: one
// request's thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "services/dynamodb/expression/selection.h"
#include "services/dynamodb/items/capacity.h"
#include "services/dynamodb/tables/table.h"
#include "services/dynamodb/value/stored_items.h"
#include "store/tx.h"

namespace haneul::dynamodb {

struct SelectionRequest {
  const std::optional<std::string>& expression;
  const std::optional<std::vector<std::string>>& attributes_to_get;
  const std::optional<Placeholders::Names>& names;
};
void require_style(const SelectionRequest& request);  // as of ops/item_request.h
Selection selection_of(const SelectionRequest& request);

// Items as they are stored (value/stored_items.h). The key has been checked. Nothing when there is no such
// item.
std::optional<std::string> read_item(store::Reader& reader, const Table& table, const Attributes& key);
// The stored item as an answer has it.
Document answer_of(std::string item, const Selection& selection);

}  // namespace haneul::dynamodb
