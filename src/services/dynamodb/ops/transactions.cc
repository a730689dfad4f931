// TransactGetItems and TransactWriteItems: all or nothing, serialisable (ops/transact.h).
#include "aws/digest.h"
#include "base/json.h"
#include "gen/dynamodb/operations.h"
#include "services/dynamodb/access.h"
#include "services/dynamodb/items/key_check.h"
#include "services/dynamodb/ops/get_request.h"
#include "services/dynamodb/ops/item_request.h"
#include "services/dynamodb/ops/transact.h"
#include "services/dynamodb/refusal.h"
#include "services/dynamodb/service.h"
#include "services/dynamodb/tables/naming.h"
#include "services/dynamodb/value/record.h"
#include "services/dynamodb/value/stored_items.h"
#include "services/dynamodb/value/wire.h"

namespace haneul::dynamodb {

using platform::AccessChecks;
using platform::bind_run;
using platform::Effect;
using platform::Request;

namespace {

// Of an item of which nothing is selected, a transaction shows nothing, where GetItem shows an empty item.
std::optional<Document> part_of_item(std::string item, const Selection& selection) {
  if (selection.everything()) return stored_document(std::move(item));
  const Attributes selected = selection.apply(decode_item(item));
  if (selected.count() == 0) return std::nullopt;
  return stored_document(selected);
}

template <class Action>
TransactPart part_of(const Request& request, const Action& action) {
  return {.named = action.table_name,
          .where = table_in(request, action.table_name),
          .change = change_of(action),
          .on_failure = action.return_values_on_condition_check_failure};
}

TransactPart part_of(const Request& request, const TransactWriteItem& item) {
  const int given = item.condition_check.has_value() + item.put.has_value() + item.delete_.has_value() +
                    item.update.has_value();
  if (given != 1) refuse("TransactItems can only contain one of Check, Put, Update or Delete");
  if (item.put) return part_of(request, *item.put);
  if (item.update) return part_of(request, *item.update);
  if (item.delete_) return part_of(request, *item.delete_);
  return part_of(request, *item.condition_check);
}

std::string digest_of(const TransactWriteItemsInput& input) {
  TransactWriteItemsInput plain = input;
  plain.client_request_token.reset();
  plain.return_consumed_capacity.reset();
  plain.return_item_collection_metrics.reset();
  return aws::sha256(write_json(model::unbind(plain)));
}

}  // namespace

TransactWriteItemsOutput DynamoDbService::transact_write_items(const Request& request,
                                                               const TransactWriteItemsInput& input) {
  WriteTransaction transaction;
  for (const TransactWriteItem& item : input.transact_items) {
    transaction.parts.push_back(part_of(request, item));
  }
  if (input.client_request_token) {
    transaction.token = input.client_request_token;
    transaction.digest = digest_of(input);
  }
  if (input.return_item_collection_metrics == "SIZE") transaction.metrics = Metrics::kOfCollections;
  WriteDone done =
      TransactionRunner({parts_.db, parts_.jobs, catalog_, changes_, throttle()}).run(request, transaction);
  TransactWriteItemsOutput out;
  out.consumed_capacity = consumed_by_transaction(input.return_consumed_capacity, transaction, done);
  if (!done.metrics.empty()) out.item_collection_metrics = std::move(done.metrics);
  return out;
}

TransactGetItemsOutput DynamoDbService::transact_get_items(const Request& request,
                                                           const TransactGetItemsInput& input) {
  struct Asked {
    TableName where;
    Attributes key;
    Selection selection;
  };
  std::vector<Asked> asked;
  for (const TransactGetItem& item : input.transact_items) {
    const std::optional<std::vector<std::string>> none;
    asked.push_back({.where = table_in(request, item.get.table_name),
                     .key = attributes_from(item.get.key),
                     .selection = selection_of(
                         {item.get.projection_expression, none, item.get.expression_attribute_names})});
  }
  return parts_.db.read([&](store::ReadTx& tx) {
    TransactGetItemsOutput out;
    out.responses.emplace();
    TransactReads reads(tx, throttle());
    for (size_t i = 0; i < asked.size(); ++i) {
      const Asked& get = asked[i];
      const TablePtr table = catalog_.require(tx, get.where);
      cancel_unless({i, asked.size()}, [&] { require_key(*table, get.key); });
      std::optional<std::string> item = reads.read(input.transact_items[i].get.table_name, table, get.key);
      ItemResponse& response = out.responses->emplace_back();
      if (item) response.item = part_of_item(std::move(*item), get.selection);
    }
    reads.finish();
    out.consumed_capacity =
        consumed_by_transaction(input.return_consumed_capacity, reads.used(), Direction::kRead);
    return out;
  });
}

namespace {

template <class Action>
void add_checks(const TableAccess& access, const Request& request, const Action& action, const char* name,
                const Document& holder, AccessChecks& out) {
  ItemTouch touch;
  touch.keys = {&holder};
  touch.enclosing = "TransactWriteItems";
  TableAccess::add_names(holder, touch);
  if constexpr (requires { action.update_expression; }) {
    TableAccess::add_update(action.update_expression, action.expression_attribute_names,
                            action.expression_attribute_values, touch);
  }
  TableAccess::add_condition(action.condition_expression, action.expression_attribute_names,
                             action.expression_attribute_values, touch);
  for (auto& check : access.on_items(request, name, action.table_name, touch))
    out.push_back(std::move(check));
}

AccessChecks checks_of(const TableAccess& access, const Request& request,
                       const TransactWriteItemsInput& input) {
  AccessChecks out;
  for (const TransactWriteItem& item : input.transact_items) {
    if (item.put) add_checks(access, request, *item.put, "dynamodb:PutItem", item.put->item, out);
    if (item.update) add_checks(access, request, *item.update, "dynamodb:UpdateItem", item.update->key, out);
    if (item.delete_)
      add_checks(access, request, *item.delete_, "dynamodb:DeleteItem", item.delete_->key, out);
    if (item.condition_check) {
      const ConditionCheck& check = *item.condition_check;
      add_checks(access, request, check, "dynamodb:ConditionCheckItem", check.key, out);
    }
  }
  return out;
}

AccessChecks checks_of(const TableAccess& access, const Request& request,
                       const TransactGetItemsInput& input) {
  AccessChecks out;
  for (const TransactGetItem& item : input.transact_items) {
    ItemTouch touch;
    touch.keys = {&item.get.key};
    touch.enclosing = "TransactGetItems";
    const std::optional<std::vector<std::string>> none;
    TableAccess::add_selection({item.get.projection_expression, none, item.get.expression_attribute_names},
                               touch);
    for (auto& check : access.on_items(request, "dynamodb:GetItem", item.get.table_name, touch)) {
      out.push_back(std::move(check));
    }
  }
  return out;
}

}  // namespace

void DynamoDbService::register_transactions(platform::OperationTable& table) {
  const TableAccess access(parts_.db, catalog_);
  table.add<op::TransactWriteItems>(
      {.access = [access](const Request& request,
                          const TransactWriteItemsInput& input) { return checks_of(access, request, input); },
       .run = bind_run(this, &DynamoDbService::transact_write_items)});
  table.add<op::TransactGetItems>(
      {.access = [access](const Request& request,
                          const TransactGetItemsInput& input) { return checks_of(access, request, input); },
       .run = bind_run(this, &DynamoDbService::transact_get_items),
       .effect = Effect::kReadOnly});
}

}  // namespace haneul::dynamodb
