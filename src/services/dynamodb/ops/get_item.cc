// GetItem, and what reading an item by its key takes in a batch or a transaction.
#include "gen/dynamodb/operations.h"
#include "services/dynamodb/access.h"
#include "services/dynamodb/expression/legacy.h"
#include "services/dynamodb/items/key_check.h"
#include "services/dynamodb/items/throttle.h"
#include "services/dynamodb/ops/get_request.h"
#include "services/dynamodb/ops/item_request.h"
#include "services/dynamodb/refusal.h"
#include "services/dynamodb/service.h"
#include "services/dynamodb/tables/naming.h"
#include "services/dynamodb/value/record.h"
#include "services/dynamodb/value/wire.h"

namespace haneul::dynamodb {

using platform::bind_run;
using platform::Effect;
using platform::Request;

void require_style(const SelectionRequest& request) {
  require_style({.expressions = {{"ProjectionExpression", request.expression.has_value()}},
                 .others = {{"AttributesToGet", request.attributes_to_get.has_value()}}},
                request.names ? Placeholding::kNames : Placeholding::kNothing);
}

Selection selection_of(const SelectionRequest& request) {
  if (request.attributes_to_get) return projection_of(*request.attributes_to_get);
  if (!request.expression) return {};
  Placeholders placeholders(request.names, std::nullopt);
  Selection out = parse_projection(*request.expression, placeholders);
  placeholders.finish();
  return out;
}

std::optional<std::string> read_item(store::Reader& reader, const Table& table, const Attributes& key) {
  return reader.get(Rows::items(table).item(item_key(table.keys, key)));
}

Document answer_of(std::string item, const Selection& selection) {
  if (selection.everything()) return stored_document(std::move(item));
  return stored_document(selection.apply(decode_item(item)));
}

GetItemOutput DynamoDbService::get_item(const Request& request, const GetItemInput& input) {
  const SelectionRequest asked{input.projection_expression, input.attributes_to_get,
                               input.expression_attribute_names};
  require_style(asked);
  const Attributes key = in_newer_words([&] { return attributes_from(input.key); });
  const Selection selection = selection_of(asked);
  const TableName where = table_in(request, input.table_name);
  return parts_.db.read([&](store::ReadTx& tx) {
    const TablePtr table = catalog_.require(tx, where);
    require_key(*table, key);
    require_not_entered(*table, selection.entered());
    admit_read(throttle(), *table);
    std::optional<std::string> item = read_item(tx, *table, key);
    const Consistency consistency =
        input.consistent_read.value_or(false) ? Consistency::kStrong : Consistency::kEventual;
    GetItemOutput out;
    const Units units{.table = read_units(item ? size_of_stored(*item) : 0, consistency), .indexes = {}};
    charge_read(throttle(), *table, units);
    out.consumed_capacity = consumed(input.return_consumed_capacity, *table, units);
    if (out.consumed_capacity) out.consumed_capacity->table_name = input.table_name;  // as it was asked for
    if (item) out.item = answer_of(std::move(*item), selection);
    return out;
  });
}

void DynamoDbService::register_get(platform::OperationTable& table) {
  const TableAccess access(parts_.db, catalog_);
  table.add<op::GetItem>(
      {.access =
           [access](const Request& request, const GetItemInput& input) {
             ItemTouch touch;
             touch.keys = {&input.key};
             touch.return_consumed = input.return_consumed_capacity;
             TableAccess::add_selection(
                 {input.projection_expression, input.attributes_to_get, input.expression_attribute_names},
                 touch);
             return access.on_items(request, "dynamodb:GetItem", input.table_name, touch);
           },
       .run = bind_run(this, &DynamoDbService::get_item),
       .effect = Effect::kReadOnly});
}

}  // namespace haneul::dynamodb
