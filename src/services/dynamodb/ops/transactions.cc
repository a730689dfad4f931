// TransactGetItems and TransactWriteItems: all or nothing, serialisable. A transaction waits for others of
// the same items instead of failing with a conflict; every condition is judged before anything is written.
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "aws/digest.h"
#include "base/json.h"
#include "gen/dynamodb/errors.h"
#include "gen/dynamodb/operations.h"
#include "services/dynamodb/access.h"
#include "services/dynamodb/items/collection.h"
#include "services/dynamodb/items/key_check.h"
#include "services/dynamodb/limits.h"
#include "services/dynamodb/ops/get_request.h"
#include "services/dynamodb/ops/item_request.h"
#include "services/dynamodb/ops/tokens.h"
#include "services/dynamodb/refusal.h"
#include "services/dynamodb/service.h"
#include "services/dynamodb/tables/naming.h"
#include "services/dynamodb/value/wire.h"

namespace haneul::dynamodb {

using platform::AccessChecks;
using platform::bind_run;
using platform::Effect;
using platform::Request;

namespace {

constexpr double kTransactionFactor = 2;  // units of a transaction are those of the writes, twice

// One part of a TransactWriteItems.
struct Part {
  std::string named;
  TableName where;
  ItemChange change;
  std::optional<std::string> on_failure;  // ReturnValuesOnConditionCheckFailure
  TablePtr table;
  ItemKey key;
};

template <class Action>
Part part_of(const Request& request, const Action& action) {
  return {.named = action.table_name,
          .where = table_in(request, action.table_name),
          .change = change_of(action),
          .on_failure = action.return_values_on_condition_check_failure,
          .table = nullptr,
          .key = {}};
}

Part part_of(const Request& request, const TransactWriteItem& item) {
  const int given = item.condition_check.has_value() + item.put.has_value() + item.delete_.has_value() +
                    item.update.has_value();
  if (given != 1) refuse("TransactItems can only contain one of Check, Put, Update or Delete");
  if (item.put) return part_of(request, *item.put);
  if (item.update) return part_of(request, *item.update);
  if (item.delete_) return part_of(request, *item.delete_);
  return part_of(request, *item.condition_check);
}

// A member of CancellationReasons.
Document reason(const char* code, const std::string& message) {
  Document out = Document::Object{{"Code", code}};
  if (!message.empty()) out.set("Message", message);
  return out;
}

[[noreturn]] void cancel(const Document::Array& reasons) {
  std::vector<std::string> codes;
  for (const Document& why : reasons) codes.push_back(why.string_or("Code", ""));
  TransactionCanceledException error(
      fmt::format("Transaction cancelled, please refer cancellation reasons for specific reasons [{}]",
                  fmt::join(codes, ", ")));
  error.with("CancellationReasons", reasons);
  throw error;
}

// Applies the parts in their order; when one may not be done, goes on to learn the reasons of all.
class Writes {
 public:
  Writes(store::Tx& tx, const WriteContext& context) : tx_(tx), context_(context) {}

  void apply_all(const std::vector<Part>& parts) {
    for (const Part& part : parts) reasons_.push_back(apply_one(part));
    if (failed_) cancel(reasons_);
  }
  std::map<std::string, Units> take_units() { return std::move(units_); }

 private:
  Document apply_one(const Part& part) {
    ItemWriter writer(tx_, context_, *part.table);
    try {
      const Applied done = apply(writer, *part.table, part.key, part.change);
      Units twice{.table = done.cost.table_units * kTransactionFactor, .indexes = done.cost.index_units};
      for (auto& [name, used] : twice.indexes) used *= kTransactionFactor;
      units_[part.named].add(twice);
      return reason("None", {});
    } catch (const ConditionFailed& failure) {
      failed_ = true;
      Document out = reason("ConditionalCheckFailed", "The conditional request failed");
      if (part.on_failure == "ALL_OLD" && failure.item) out.set("Item", document_of(*failure.item));
      return out;
    } catch (const model::ServiceError& error) {
      failed_ = true;
      return reason("ValidationError", error.message());
    }
  }

  store::Tx& tx_;
  const WriteContext& context_;
  Document::Array reasons_;
  std::map<std::string, Units> units_;  // by the name of the table in the request
  bool failed_ = false;
};

void prepare_all(std::vector<Part>& parts) {
  std::set<std::pair<uint64_t, ItemKey>> seen;
  for (Part& part : parts) {
    part.key = prepare(*part.table, part.change);
    if (!seen.emplace(part.table->number, part.key).second) {
      refuse("Transaction request cannot include multiple operations on one item");
    }
  }
}

void require_size(const TransactWriteItemsInput& input, const std::vector<Part>& parts) {
  if (input.transact_items.size() > kTransactionItemsMax) {
    refuse(fmt::format("Member must have length less than or equal to {}", kTransactionItemsMax));
  }
  size_t bytes = 0;
  for (const Part& part : parts) bytes += size_of(part.change.given);
  if (bytes > kTransactionBytesMax) refuse("Collection size of items in the transaction cannot exceed 4MB");
}

std::string digest_of(const TransactWriteItemsInput& input) {
  TransactWriteItemsInput plain = input;
  plain.client_request_token.reset();
  plain.return_consumed_capacity.reset();
  plain.return_item_collection_metrics.reset();
  return aws::sha256(write_json(model::unbind(plain)));
}

std::optional<ConsumedCapacity> consumed_by_transaction(const std::optional<std::string>& wish,
                                                        const Table& table, const Units& units,
                                                        Direction direction) {
  std::optional<ConsumedCapacity> out = consumed(wish, table, units);
  if (!out) return out;
  (direction == Direction::kRead ? out->read_capacity_units : out->write_capacity_units) =
      out->capacity_units;
  if (out->table) {
    auto& detail =
        direction == Direction::kRead ? out->table->read_capacity_units : out->table->write_capacity_units;
    detail = out->table->capacity_units;
  }
  return out;
}

struct Done {
  std::map<std::string, Units> units;
  std::map<std::string, std::vector<ItemCollectionMetrics>> metrics;
};

}  // namespace

TransactWriteItemsOutput DynamoDbService::transact_write_items(const Request& request,
                                                               const TransactWriteItemsInput& input) {
  std::vector<Part> parts;
  for (const TransactWriteItem& item : input.transact_items) parts.push_back(part_of(request, item));
  require_size(input, parts);
  const std::string digest = input.client_request_token ? digest_of(input) : std::string();
  const auto load = [&](store::Reader& reader) {
    for (Part& part : parts) part.table = catalog_.require(reader, part.where);
    prepare_all(parts);
  };
  const auto run = [&](store::Tx& tx) {
    Done done;
    const bool again =
        input.client_request_token &&
        use_token(tx, parts_.jobs, request, *input.client_request_token, digest) == TokenState::kDone;
    if (again) return done;
    const WriteContext write_context = context(request);
    Writes writes(tx, write_context);
    writes.apply_all(parts);
    done.units = writes.take_units();
    if (input.return_item_collection_metrics != "SIZE") return done;
    for (const Part& part : parts) {
      if (auto metrics = metrics_of(tx, *part.table, part.change.given)) {
        done.metrics[part.named].push_back(std::move(*metrics));
      }
    }
    return done;
  };
  parts_.db.read([&](store::ReadTx& tx) { load(tx); });
  Done done;
  for (bool moved = true; moved;) {
    try {
      done = parts_.db.write(write_scope(*parts.front().table, parts.front().key), run);
      moved = false;
    } catch (const TableMoved&) {
      parts_.db.write(catalog_scope(request.account, request.region), [&](store::Tx& tx) { load(tx); });
    }
  }
  TransactWriteItemsOutput out;
  std::map<std::string, TablePtr> tables;
  for (const Part& part : parts) tables[part.named] = part.table;
  for (const auto& [named, table] : tables) {
    auto used =
        consumed_by_transaction(input.return_consumed_capacity, *table, done.units[named], Direction::kWrite);
    if (!used) continue;
    if (!out.consumed_capacity) out.consumed_capacity.emplace();
    out.consumed_capacity->push_back(std::move(*used));
  }
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
    std::map<std::string, std::pair<TablePtr, Units>> used;
    std::set<std::pair<uint64_t, ItemKey>> seen;
    for (const Asked& get : asked) {
      const TablePtr table = catalog_.require(tx, get.where);
      require_key(*table, get.key);
      if (!seen.emplace(table->number, item_key(table->keys, get.key)).second) {
        refuse("Transaction request cannot include multiple operations on one item");
      }
      std::optional<Attributes> item = read_item(tx, *table, get.key);
      auto& [of, units] = used[get.where.name];
      of = table;
      units.table += read_units(item ? size_of(*item) : 0, Consistency::kTransactional);
      ItemResponse& response = out.responses->emplace_back();
      if (item) response.item = document_of(get.selection.apply(std::move(*item)));
    }
    for (const auto& [name, part] : used) {
      auto told =
          consumed_by_transaction(input.return_consumed_capacity, *part.first, part.second, Direction::kRead);
      if (!told) continue;
      if (!out.consumed_capacity) out.consumed_capacity.emplace();
      out.consumed_capacity->push_back(std::move(*told));
    }
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
