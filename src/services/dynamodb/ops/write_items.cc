// PutItem, UpdateItem, DeleteItem.
#include <fmt/format.h>

#include "gen/dynamodb/operations.h"
#include "services/dynamodb/access.h"
#include "services/dynamodb/items/capacity.h"
#include "services/dynamodb/items/collection.h"
#include "services/dynamodb/ops/item_request.h"
#include "services/dynamodb/service.h"
#include "services/dynamodb/tables/naming.h"
#include "services/dynamodb/value/stored_items.h"

namespace haneul::dynamodb {

using platform::bind_run;
using platform::Request;

namespace {

struct WriteTarget {
  TableName where;
  WriteContext context;
};

struct Outcome {
  Applied applied;
  std::optional<ConsumedCapacity> consumed;
  std::optional<ItemCollectionMetrics> metrics;
};

// The wishes that the three inputs share.
template <class Input>
Outcome run(store::Db& db, Catalog& catalog, const WriteTarget& target, const Input& input,
            const ItemChange& change) {
  return catalog.with_table(target.where, [&](const Table& table) {
    const ItemKey key = prepare(table, change);
    try {
      return db.write(write_scope(table, key), [&](store::Tx& tx) {
        ItemWriter writer(tx, target.context, table);
        Outcome out{.applied = apply(writer, table, key, change), .consumed = {}, .metrics = {}};
        const Units units{.table = out.applied.cost.table_units, .indexes = out.applied.cost.index_units};
        out.consumed = consumed(input.return_consumed_capacity, table, units);
        if (out.consumed) out.consumed->table_name = input.table_name;  // as it was asked for
        if (input.return_item_collection_metrics == "SIZE") out.metrics = metrics_of(tx, table, change.given);
        return out;
      });
    } catch (const ConditionFailed& failed) {
      fail_condition(failed, input.return_values_on_condition_check_failure);
    }
  });
}

std::optional<Document> written(const std::optional<Attributes>& item, const Modification& update) {
  if (!item) return std::nullopt;
  const auto part = written_part(*item, update);
  return part ? std::optional(stored_document(*part)) : std::nullopt;
}

std::optional<Document> update_answer(const std::string& wish, const Change& change,
                                      const Modification& update) {
  if (wish == "ALL_OLD" && change.before) return stored_document(*change.before);
  if (wish == "ALL_NEW" && change.after) return stored_document(*change.after);
  if (wish == "UPDATED_OLD") return written(change.before, update);
  if (wish == "UPDATED_NEW") return written(change.after, update);
  return std::nullopt;
}

template <class Input>
ItemTouch touch_of(const Input& input) {
  ItemTouch touch;
  touch.return_values = input.return_values;
  touch.return_consumed = input.return_consumed_capacity;
  TableAccess::add_condition(input.condition_expression, input.expression_attribute_names,
                             input.expression_attribute_values, touch);
  if (input.expected) {
    for (const auto& [name, expected] : *input.expected) touch.attributes.insert(name);
  }
  return touch;
}

template <class Output>
Output answer_of(Outcome done, std::optional<Document> attributes) {
  Output out;
  out.attributes = std::move(attributes);
  out.consumed_capacity = std::move(done.consumed);
  out.item_collection_metrics = std::move(done.metrics);
  return out;
}

// Of operations that tell what the item was, or nothing.
template <class Output, class Input>
Output old_answer_of(const Input& input, Outcome done) {
  std::optional<Document> old;
  const auto& before = done.applied.change.before;
  if (input.return_values == "ALL_OLD" && before) old = stored_document(*before);
  return answer_of<Output>(std::move(done), std::move(old));
}

}  // namespace

PutItemOutput DynamoDbService::put_item(const Request& request, const PutItemInput& input) {
  const WriteTarget place{table_in(request, input.table_name), context(request)};
  return old_answer_of<PutItemOutput>(input, run(parts_.db, catalog_, place, input, change_of(input)));
}

DeleteItemOutput DynamoDbService::delete_item(const Request& request, const DeleteItemInput& input) {
  const WriteTarget place{table_in(request, input.table_name), context(request)};
  return old_answer_of<DeleteItemOutput>(input, run(parts_.db, catalog_, place, input, change_of(input)));
}

UpdateItemOutput DynamoDbService::update_item(const Request& request, const UpdateItemInput& input) {
  const ItemChange change = change_of(input);
  const WriteTarget place{table_in(request, input.table_name), context(request)};
  Outcome done = run(parts_.db, catalog_, place, input, change);
  auto attributes = update_answer(input.return_values.value_or("NONE"), done.applied.change, change.update);
  return answer_of<UpdateItemOutput>(std::move(done), std::move(attributes));
}

void DynamoDbService::register_writes(platform::OperationTable& table) {
  const TableAccess access(parts_.db, catalog_);
  table.add<op::PutItem>({.access =
                              [access](const Request& request, const PutItemInput& input) {
                                ItemTouch touch = touch_of(input);
                                touch.keys = {&input.item};
                                TableAccess::add_names(input.item, touch);
                                return access.on_items(request, "dynamodb:PutItem", input.table_name, touch);
                              },
                          .run = bind_run(this, &DynamoDbService::put_item)});
  table.add<op::UpdateItem>(
      {.access =
           [access](const Request& request, const UpdateItemInput& input) {
             ItemTouch touch = touch_of(input);
             touch.keys = {&input.key};
             TableAccess::add_names(input.key, touch);
             TableAccess::add_update(input.update_expression, input.expression_attribute_names,
                                     input.expression_attribute_values, touch);
             if (input.attribute_updates) {
               for (const auto& [name, update] : *input.attribute_updates) touch.attributes.insert(name);
             }
             return access.on_items(request, "dynamodb:UpdateItem", input.table_name, touch);
           },
       .run = bind_run(this, &DynamoDbService::update_item)});
  table.add<op::DeleteItem>({.access =
                                 [access](const Request& request, const DeleteItemInput& input) {
                                   ItemTouch touch = touch_of(input);
                                   touch.keys = {&input.key};
                                   TableAccess::add_names(input.key, touch);
                                   return access.on_items(request, "dynamodb:DeleteItem", input.table_name,
                                                          touch);
                                 },
                             .run = bind_run(this, &DynamoDbService::delete_item)});
}

}  // namespace haneul::dynamodb
