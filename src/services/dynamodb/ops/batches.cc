// BatchGetItem and BatchWriteItem: many items at once, each by itself. What does not fit one answer of 16 MB
// is given back as unprocessed.
#include <exception>
#include <map>
#include <set>

#include <fmt/format.h>

#include "gen/dynamodb/operations.h"
#include "services/dynamodb/access.h"
#include "services/dynamodb/items/collection.h"
#include "services/dynamodb/items/key_check.h"
#include "services/dynamodb/limits.h"
#include "services/dynamodb/ops/get_request.h"
#include "services/dynamodb/ops/item_request.h"
#include "services/dynamodb/refusal.h"
#include "services/dynamodb/service.h"
#include "services/dynamodb/tables/naming.h"
#include "services/dynamodb/value/record.h"
#include "services/dynamodb/value/wire.h"

namespace haneul::dynamodb {

// The writes to one table.
struct WritePart {
  std::string named;  // as the request names the table
  TableName where;
  WriteContext context;
  std::vector<ItemChange> changes;
};

struct BatchDone {
  BatchWriteItemOutput out;
  size_t written = 0;
  std::exception_ptr throttled = nullptr;  // the last write that was not let in
};

using platform::AccessChecks;
using platform::bind_run;
using platform::Effect;
using platform::Request;

namespace {

struct GetPart {
  std::string named;  // as the request names the table
  TablePtr table;
  Selection selection;
  Consistency consistency = Consistency::kEventual;
  std::vector<Attributes> keys;
};

void require_keys_max(const std::string& table, const KeysAndAttributes& asked) {
  if (asked.keys.size() <= kBatchGetKeysMax) return;
  refuse(
      fmt::format("1 validation error detected: Value at 'RequestItems.{}.member.Keys' failed to satisfy "
                  "constraint: Member must have length less than or equal to {}",
                  table, kBatchGetKeysMax));
}

// Keys of the items that a request named already. A table may be named twice: by its name and by its ARN.
template <class Key>
class NamedItems {
 public:
  void add(const TableName& table, Key key) {
    const bool fresh = seen_[table_arn(table)].insert(std::move(key)).second;
    if (!fresh) refuse("Provided list of item keys contains duplicates");
  }

 private:
  std::map<std::string, std::set<Key>> seen_;
};

GetPart parse_part(const Request& request, const std::string& named, const KeysAndAttributes& asked,
                   NamedItems<std::string>& seen) {
  GetPart out{.named = named};
  const TableName where = table_in(request, named);
  const SelectionRequest selection{asked.projection_expression, asked.attributes_to_get,
                                   asked.expression_attribute_names};
  require_style(selection);
  out.selection = selection_of(selection);
  if (asked.consistent_read.value_or(false)) out.consistency = Consistency::kStrong;
  for (const Document& key : asked.keys) {
    out.keys.push_back(in_newer_words([&] { return attributes_from(key); }));
    seen.add(where, encode_item(out.keys.back()));
  }
  return out;
}

// The tables of a request name what they want of their items all in the same style.
void require_one_style(const BatchGetItemInput& input) {
  bool expressions = false, lists = false;
  for (const auto& [named, asked] : input.request_items) {
    expressions = expressions || asked.projection_expression;
    lists = lists || asked.attributes_to_get;
  }
  require_style(
      {.expressions = {{"ProjectionExpression", expressions}}, .others = {{"AttributesToGet", lists}}},
      Placeholding::kNothing);
}

class BatchReader {
 public:
  BatchReader(store::ReadTx& tx, const BatchGetItemInput& input, Throttle* throttle)
      : tx_(tx), input_(input), throttle_(throttle) {
    out_.responses.emplace();
    out_.unprocessed_keys.emplace();
  }

  void read(const GetPart& part) {
    auto& found = (*out_.responses)[part.named];
    Units units;
    for (size_t i = 0; i < part.keys.size(); ++i) {
      const bool throttled =
          throttle_ != nullptr && !throttle_->admits(*part.table, nullptr, Direction::kRead);
      if (bytes_ >= kBatchGetBytesMax || throttled) {
        if (throttled) throttled_ = part.table.get();
        postpone(part.named, i);
        continue;
      }
      ++done_;
      std::optional<std::string> item = read_item(tx_, *part.table, part.keys[i]);
      const size_t size = item ? size_of_stored(*item) : 0;
      bytes_ += size;
      const double used = read_units(size, part.consistency);
      units.table += used;
      charge_read(throttle_, *part.table, {.table = used, .indexes = {}});
      if (item) found.push_back(answer_of(std::move(*item), part.selection));
    }
    if (auto used = consumed(input_.return_consumed_capacity, *part.table, units)) {
      used->table_name = part.named;
      if (!out_.consumed_capacity) out_.consumed_capacity.emplace();
      out_.consumed_capacity->push_back(std::move(*used));
    }
  }
  // Throttled altogether, the request is refused.
  BatchGetItemOutput take() {
    if (done_ == 0 && throttled_ != nullptr) throttle_->admit(*throttled_, nullptr, Direction::kRead);
    return std::move(out_);
  }

 private:
  void postpone(const std::string& table, size_t key) {
    const KeysAndAttributes& asked = input_.request_items.at(table);
    auto [at, fresh] = out_.unprocessed_keys->try_emplace(table, asked);
    if (fresh) at->second.keys.clear();
    at->second.keys.push_back(asked.keys[key]);
  }

  store::ReadTx& tx_;
  const BatchGetItemInput& input_;
  Throttle* throttle_;
  BatchGetItemOutput out_;
  size_t bytes_ = 0;
  size_t done_ = 0;
  const Table* throttled_ = nullptr;
};

void parse_writes(const std::vector<WriteRequest>& asked, WritePart& out) {
  for (const WriteRequest& write : asked) {
    if (write.put_request.has_value() == write.delete_request.has_value()) {
      refuse(
          "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the "
          "supported "
          "datatypes");
    }
    ItemChange change;
    change.kind = write.put_request ? ItemChange::Kind::kPut : ItemChange::Kind::kDelete;
    change.given = attributes_from(write.put_request ? write.put_request->item : write.delete_request->key);
    out.changes.push_back(std::move(change));
  }
}

void judge_all(const Table& table, const WritePart& part, NamedItems<ItemKey>& seen) {
  for (const ItemChange& change : part.changes) {
    require_key(table,
                change.kind == ItemChange::Kind::kPut ? key_of(table.keys, change.given) : change.given);
    seen.add(part.where, prepare(table, change));
  }
}

}  // namespace

BatchGetItemOutput DynamoDbService::batch_get_item(const Request& request, const BatchGetItemInput& input) {
  if (input.request_items.empty()) refuse("The requestItems parameter is required for BatchGetItem");
  require_one_style(input);
  size_t count = 0;
  std::vector<GetPart> parts;
  NamedItems<std::string> seen;
  for (const auto& [named, asked] : input.request_items) {
    require_keys_max(named, asked);
    count += asked.keys.size();
    parts.push_back(parse_part(request, named, asked, seen));
  }
  if (count > kBatchGetKeysMax) refuse("Too many items requested for the BatchGetItem call");
  return parts_.db.read([&](store::ReadTx& tx) {
    for (GetPart& part : parts) {
      part.table = catalog_.require(tx, table_in(request, part.named));
      for (const Attributes& key : part.keys) require_key(*part.table, key);
    }
    BatchReader reader(tx, input, throttle());
    for (const GetPart& part : parts) reader.read(part);
    return reader.take();
  });
}

BatchWriteItemOutput DynamoDbService::batch_write_item(const Request& request,
                                                       const BatchWriteItemInput& input) {
  if (input.request_items.empty()) refuse("The requestItems parameter is required for BatchWriteItem");
  size_t count = 0;
  std::vector<WritePart> parts;
  for (const auto& [named, asked] : input.request_items) {
    count += asked.size();
    parts.push_back(
        {.named = named, .where = table_in(request, named), .context = context(request), .changes = {}});
    parse_writes(asked, parts.back());
  }
  if (count > kBatchWriteRequestsMax) refuse("Too many items requested for the BatchWriteItem call");
  NamedItems<ItemKey> seen;
  for (const WritePart& part : parts) judge_all(*catalog_.require(part.where), part, seen);
  BatchDone done;
  done.out.unprocessed_items.emplace();
  for (const WritePart& part : parts) write_part(part, input, done);
  if (done.written == 0 && done.throttled) std::rethrow_exception(done.throttled);
  return std::move(done.out);
}

void DynamoDbService::write_part(const WritePart& part, const BatchWriteItemInput& input, BatchDone& done) {
  BatchWriteItemOutput& out = done.out;
  Units units;
  const auto write = [&](const Table& table, const ItemChange& change) {
    const ItemKey key = prepare(table, change);
    std::optional<ItemCollectionMetrics> metrics;
    const Applied applied = parts_.db.write(write_scope(table, key), [&](store::Tx& tx) {
      ItemWriter writer(tx, part.context, table);
      Applied result = apply(writer, table, key, change);
      if (input.return_item_collection_metrics == "SIZE") metrics = metrics_of(tx, table, change.given);
      return result;
    });
    units.add({.table = applied.cost.table_units, .indexes = applied.cost.index_units});
    if (!metrics) return;
    if (!out.item_collection_metrics) out.item_collection_metrics.emplace();
    (*out.item_collection_metrics)[part.named].push_back(std::move(*metrics));
  };
  for (size_t i = 0; i < part.changes.size(); ++i) {
    try {
      catalog_.with_table(part.where, [&](const Table& table) { write(table, part.changes[i]); });
      ++done.written;
    } catch (const model::ServiceError& error) {
      if (!is_throttled(error)) throw;
      done.throttled = std::current_exception();
      (*out.unprocessed_items)[part.named].push_back(input.request_items.at(part.named)[i]);
    }
  }
  const TablePtr table = catalog_.newest_or_null(part.where);
  if (table == nullptr) return;
  if (auto used = consumed(input.return_consumed_capacity, *table, units)) {
    used->table_name = part.named;
    if (!out.consumed_capacity) out.consumed_capacity.emplace();
    out.consumed_capacity->push_back(std::move(*used));
  }
}

namespace {

ItemTouch touch_of(const KeysAndAttributes& asked) {
  ItemTouch touch;
  for (const Document& key : asked.keys) touch.keys.push_back(&key);
  TableAccess::add_selection(
      {asked.projection_expression, asked.attributes_to_get, asked.expression_attribute_names}, touch);
  return touch;
}

ItemTouch touch_of(const std::vector<WriteRequest>& asked) {
  ItemTouch touch;
  for (const WriteRequest& write : asked) {
    const Document* holder = write.put_request      ? &write.put_request->item
                             : write.delete_request ? &write.delete_request->key
                                                    : nullptr;
    if (holder == nullptr) continue;
    touch.keys.push_back(holder);
    TableAccess::add_names(*holder, touch);
  }
  return touch;
}

// One check for each table of the request.
template <class Input>
auto each_table(const TableAccess& access, const char* action) {
  return [access, action](const Request& request, const Input& input) {
    AccessChecks out;
    for (const auto& [named, asked] : input.request_items) {
      ItemTouch touch = touch_of(asked);
      touch.return_consumed = input.return_consumed_capacity;
      for (auto& check : access.on_items(request, action, named, touch)) out.push_back(std::move(check));
    }
    return out;
  };
}

}  // namespace

void DynamoDbService::register_batches(platform::OperationTable& table) {
  const TableAccess access(parts_.db, catalog_);
  table.add<op::BatchGetItem>({.access = each_table<BatchGetItemInput>(access, "dynamodb:BatchGetItem"),
                               .run = bind_run(this, &DynamoDbService::batch_get_item),
                               .effect = Effect::kReadOnly});
  table.add<op::BatchWriteItem>({.access = each_table<BatchWriteItemInput>(access, "dynamodb:BatchWriteItem"),
                                 .run = bind_run(this, &DynamoDbService::batch_write_item)});
}

}  // namespace haneul::dynamodb
