#include "services/dynamodb/partiql/operations.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "aws/digest.h"
#include "base/json.h"
#include "gen/dynamodb/errors.h"
#include "gen/dynamodb/operations.h"
#include "platform/pagination.h"
#include "services/dynamodb/items/item_change.h"
#include "services/dynamodb/items/key_check.h"
#include "services/dynamodb/items/page.h"
#include "services/dynamodb/items/throttle.h"
#include "services/dynamodb/ops/get_request.h"
#include "services/dynamodb/ops/item_request.h"
#include "services/dynamodb/partiql/meaning.h"
#include "services/dynamodb/refusal.h"
#include "services/dynamodb/tables/naming.h"
#include "services/dynamodb/value/record.h"
#include "services/dynamodb/value/wire.h"

namespace haneul::dynamodb {

using partiql::Returning;
using partiql::Statement;
using platform::AccessChecks;
using platform::bind_run;
using platform::Request;

namespace {

constexpr size_t kHashesMax = 50;

const Index* index_of(const Table& table, const partiql::Source& from) {
  if (!from.index) return nullptr;
  const Index* index = table.index(*from.index);
  if (index == nullptr || index->state != Index::State::kActive) {
    refuse("The table does not have the specified index");
  }
  return index;
}

std::string digest_of(const ExecuteStatementInput& input) {
  std::string whole = input.statement;
  if (input.parameters) {
    for (const Document& parameter : *input.parameters) whole += '\0' + write_json(parameter);
  }
  return aws::sha256_hex(whole);
}

// A place in the rows of a statement, as clients keep it: bound to the statement and its parameters.
std::string token_of(const Request& request, const ExecuteStatementInput& input, const Attributes& last) {
  const std::string position = digest_of(input) + encode_item(last);
  return platform::make_page_token("ExecuteStatement", request.account, position);
}

Attributes start_of(const Request& request, const ExecuteStatementInput& input) {
  const auto position = platform::open_page_token("ExecuteStatement", request.account, *input.next_token);
  if (!position) refuse("Invalid NextToken");
  const std::string digest = digest_of(input);
  if (!position->starts_with(digest)) refuse("NextToken does not match request");
  return decode_item(std::string_view(*position).substr(digest.size()));
}

// How collections follow each other, and the rows in each.
struct Order {
  partiql::OrderKey::Direction hashes = partiql::OrderKey::Direction::kAscending;
  store::Direction rows = store::Direction::kForward;
};

// Where ORDER BY names the hash key only, DynamoDB answers the rows of each with descending sort keys.
Order order_of(const partiql::Select& select, const std::optional<partiql::KeyAccess>& access,
               const KeyNames& keys) {
  Order out;
  if (select.order.empty()) return out;
  if (!access) {
    refuse(
        "Must have at least one non-optional hash key condition in WHERE clause when using ORDER BY clause.");
  }
  out.rows = store::Direction::kReverse;
  bool by_hash = false;
  for (const partiql::OrderKey& order : select.order) {
    if (order.attribute == keys.hash) {
      by_hash = true;
      out.hashes = order.direction;
    } else if (order.attribute == keys.range) {
      const bool down = order.direction == partiql::OrderKey::Direction::kDescending;
      out.rows = down ? store::Direction::kReverse : store::Direction::kForward;
    } else {
      refuse(fmt::format("Variable reference {} in ORDER BY clause must be part of the primary key",
                         order.attribute));
    }
  }
  if (access->hashes.size() > 1 && !by_hash) {
    refuse(
        "Must have hash key in ORDER BY clause when more than one hash key condition specified in WHERE "
        "clause.");
  }
  return out;
}

void require_type(const Table& table, const std::string& key, const Value& value) {
  if (value.is(table.attributes.at(key))) return;
  refuse(fmt::format("Key attribute's data type should match its data type in table's schema: Key {}", key));
}

std::vector<Stretch> stretches_for(const Table& table, const Index* index,
                                   const std::optional<partiql::KeyAccess>& access, const KeyNames& keys,
                                   partiql::OrderKey::Direction order) {
  if (!access) return stretches_of(table, index, 0, 1);
  if (access->hashes.size() > kHashesMax) {
    refuse(fmt::format("The IN operator of hash keys takes at most {} values", kHashesMax));
  }
  for (const Value& hash : access->hashes) require_type(table, keys.hash, hash);
  if (access->range) require_type(table, *keys.range, access->range->value);
  std::vector<Value> hashes = access->hashes;
  std::ranges::sort(hashes, {}, [](const Value& hash) { return sort_bytes(&hash); });
  if (std::ranges::adjacent_find(hashes) != hashes.end()) {
    refuse("Overlapping conditions with range keys are not supported in where clause");
  }
  if (order == partiql::OrderKey::Direction::kDescending) std::ranges::reverse(hashes);
  std::vector<Stretch> out;
  for (const Value& hash : hashes) {
    out.push_back(stretch_of(table, index, {.hash = hash, .range = access->range}));
  }
  return out;
}

// Entries of a local index lead to their items, those of a global one do not. Items are not looked at for
// what a condition beside keys names.
Walk::Fetch fetch_for(const Table& table, const Index* index, const partiql::Select& select,
                      const std::optional<partiql::KeyAccess>& access) {
  if (index == nullptr) return Walk::Fetch::kEntries;
  if (access) require_projected_filter(table, *index, select.where);
  std::set<std::string> listed;
  for (const partiql::Projected& projected : select.list) listed.insert(projected.path.root);
  const std::vector<std::string> absent = not_projected(table, *index, listed);
  if (absent.empty()) return Walk::Fetch::kEntries;
  if (index->is_local()) return Walk::Fetch::kItems;
  std::vector<std::string> unlisted;  // as the statement lists them
  for (const partiql::Projected& projected : select.list) {
    const std::string& name = projected.path.root;
    const bool is_absent = std::ranges::find(absent, name) != absent.end();
    if (is_absent && std::ranges::find(unlisted, name) == unlisted.end()) unlisted.push_back(name);
  }
  refuse(fmt::format(
      "One or more parameter values were invalid: Global secondary index {} does not project [{}]",
      index->name, fmt::join(unlisted, ", ")));
}

std::optional<Attributes> answer_of(const Statement& statement, const Change& change) {
  const auto written = [&](const std::optional<Attributes>& item) -> std::optional<Attributes> {
    if (!item) return std::nullopt;
    return written_part(*item, std::get<partiql::Update>(statement).modification);
  };
  switch (partiql::returning_of(statement)) {
    case Returning::kNothing: return std::nullopt;
    case Returning::kAllOld: return change.before;
    case Returning::kAllNew: return change.after;
    case Returning::kModifiedOld: return written(change.before);
    case Returning::kModifiedNew: return written(change.after);
  }
  return std::nullopt;
}

BatchStatementError error_of(const model::ServiceError& error) {
  BatchStatementError out;
  std::string code(error.shape().code);
  if (code == "ValidationException") code = "ValidationError";
  if (error.shape().name == "ThrottlingException") code = "ThrottlingError";
  if (code.ends_with("Exception")) code.resize(code.size() - std::string_view("Exception").size());
  out.code = std::move(code);
  out.message = error.message();
  if (const Document* item = error.fields().find("Item")) out.item = *item;
  return out;
}

}  // namespace

ExecuteStatementOutput PartiQl::select(const Request& request, const partiql::Select& select,
                                       const ExecuteStatementInput& input) {
  const TableName where = table_in(request, select.from.table);
  return parts_.db.read([&](store::ReadTx& tx) {
    const TablePtr table = parts_.catalog.require(tx, where);
    const Index* index = index_of(*table, select.from);
    const bool consistent = input.consistent_read.value_or(false);
    if (consistent && index != nullptr && !index->is_local()) {
      refuse("Strongly consistent read is not supported on Global Secondary Indexes");
    }
    const KeyNames keys = partiql::names_of(*table, index);
    const auto access = partiql::key_access(select.where, keys);
    const Order order = order_of(select, access, keys);
    Walk walked{.table = table.get(),
                .index = index,
                .stretches = stretches_for(*table, index, access, keys, order.hashes)};
    walked.direction = order.rows;
    if (input.limit) walked.limit = static_cast<size_t>(*input.limit);
    walked.filter = select.where;
    if (!select.list.empty()) walked.project = [&](Attributes item) { return select.project(item); };
    walked.fetch = fetch_for(*table, index, select, access);
    if (input.next_token) {
      const Attributes start = start_of(request, input);
      require_start_key(*table, index, start);
      if (!start_after(*table, index, start, walked.direction, walked.stretches)) refuse("Invalid NextToken");
    }
    admit_read(parts_.throttle, *table, index);
    Page page = walk(tx, walked);
    ExecuteStatementOutput out;
    const Units used = units_of(walked, page, consistent ? Consistency::kStrong : Consistency::kEventual);
    charge_read(parts_.throttle, *table, used);
    out.consumed_capacity = consumed(input.return_consumed_capacity, *table, used);
    out.items = stored_documents(std::move(page.items));
    if (page.last_key) {
      out.next_token = token_of(request, input, *page.last_key);
      out.last_evaluated_key = document_of(*page.last_key);
    }
    return out;
  });
}

PartiQl::Written PartiQl::write(const Request& request, const Asked& asked) {
  if (std::holds_alternative<partiql::Exists>(asked.statement)) {
    refuse("EXISTS can be used in transactions only");
  }
  const WriteContext context{.catalog = parts_.catalog,
                             .changes = parts_.changes,
                             .author = {.now = request.now},
                             .throttle = parts_.throttle};
  const TableName where = table_in(request, partiql::table_of(asked.statement));
  return parts_.catalog.with_table(where, [&](const Table& table) {
    const ItemChange change = partiql::change_of(table, asked.statement);
    const ItemKey key = prepare(table, change);
    try {
      return parts_.db.write(write_scope(table, key), [&](store::Tx& tx) {
        ItemWriter writer(tx, context, table);
        const Applied applied = apply(writer, table, key, change);
        const Units units{.table = applied.cost.table_units, .indexes = applied.cost.index_units};
        return Written{.answer = answer_of(asked.statement, applied.change),
                       .consumed = consumed(asked.return_consumed, table, units)};
      });
    } catch (const ConditionFailed& failed) {
      if (change.kind == ItemChange::Kind::kPut) {
        throw DuplicateItemException("Duplicate primary key exists in table");
      }
      fail_condition(failed, asked.on_failure);
    }
  });
}

ExecuteStatementOutput PartiQl::execute_statement(const Request& request,
                                                  const ExecuteStatementInput& input) {
  const Statement statement = partiql::parse(input.statement, input.parameters);
  if (const auto* wanted = std::get_if<partiql::Select>(&statement)) return select(request, *wanted, input);
  Written done = write(
      request, {statement, input.return_values_on_condition_check_failure, input.return_consumed_capacity});
  ExecuteStatementOutput out;
  out.items.emplace();
  if (done.answer) out.items->push_back(stored_document(*done.answer));
  out.consumed_capacity = std::move(done.consumed);
  return out;
}

std::optional<Attributes> PartiQl::read_one(const Request& request, const partiql::Select& select,
                                            const ReadWish& wish, std::optional<ConsumedCapacity>& used) {
  constexpr const char* kWithoutKey =
      "Select statements within BatchExecuteStatement must specify the primary key in the where clause.";
  if (select.from.index) refuse(kWithoutKey);
  const TableName where = table_in(request, select.from.table);
  return parts_.db.read([&](store::ReadTx& tx) -> std::optional<Attributes> {
    const TablePtr table = parts_.catalog.require(tx, where);
    const KeyNames keys = partiql::names_of(*table, nullptr);
    if (!partiql::names_key(select.where, keys)) refuse(kWithoutKey);
    const Attributes key = partiql::whole_key(select.where, keys);
    require_key(*table, key);
    admit_read(parts_.throttle, *table);
    const std::optional<std::string> stored = read_item(tx, *table, key);
    const size_t size = stored ? size_of_stored(*stored) : 0;
    const Units units{.table = read_units(size, wish.consistency), .indexes = {}};
    charge_read(parts_.throttle, *table, units);
    used = consumed(wish.return_consumed, *table, units);
    if (!stored) return std::nullopt;
    const Attributes item = decode_item(*stored);
    if (!select.where.matches(item)) return std::nullopt;
    return select.project(item);
  });
}

BatchStatementResponse PartiQl::run_one(const Request& request, const BatchStatementRequest& one,
                                        const std::optional<std::string>& return_consumed,
                                        std::vector<ConsumedCapacity>& used) {
  BatchStatementResponse out;
  try {
    const Statement statement = partiql::parse(one.statement, one.parameters);
    out.table_name = table_in(request, partiql::table_of(statement)).name;
    std::optional<ConsumedCapacity> consumed;
    std::optional<Attributes> item;
    if (const auto* wanted = std::get_if<partiql::Select>(&statement)) {
      const Consistency consistency =
          one.consistent_read.value_or(false) ? Consistency::kStrong : Consistency::kEventual;
      item = read_one(request, *wanted, {consistency, return_consumed}, consumed);
    } else {
      Written done =
          write(request, {statement, one.return_values_on_condition_check_failure, return_consumed});
      item = std::move(done.answer);
      consumed = std::move(done.consumed);
    }
    if (item) out.item = stored_document(*item);
    if (consumed) used.push_back(std::move(*consumed));
  } catch (const model::ServiceError& error) {
    out.error = error_of(error);
    // Of a statement that was refused before it reached its table, the table is not told.
    if (out.error->code == "ValidationError" || out.error->code == "ResourceNotFound") out.table_name.reset();
  }
  return out;
}

BatchExecuteStatementOutput PartiQl::batch_execute_statement(const Request& request,
                                                             const BatchExecuteStatementInput& input) {
  size_t reads = 0, writes = 0;
  for (const BatchStatementRequest& one : input.statements) {
    const auto statement = partiql::try_parse(one.statement, one.parameters);
    if (statement) ++(std::holds_alternative<partiql::Select>(*statement) ? reads : writes);
  }
  if (reads != 0 && writes != 0) {
    refuse("Statements of a batch must be all reads or all writes");
  }
  BatchExecuteStatementOutput out;
  std::vector<ConsumedCapacity> used;
  out.responses.emplace();
  for (const BatchStatementRequest& one : input.statements) {
    out.responses->push_back(run_one(request, one, input.return_consumed_capacity, used));
  }
  if (!used.empty()) out.consumed_capacity = std::move(used);
  return out;
}

void PartiQl::register_operations(platform::OperationTable& table) {
  const TableAccess access(parts_.db, parts_.catalog);
  table.add<op::ExecuteStatement>(
      {.access =
           [access](const Request& request, const ExecuteStatementInput& input) {
             return partiql::checks_of(access, request, partiql::parse(input.statement, input.parameters));
           },
       .run = bind_run(this, &PartiQl::execute_statement)});
  table.add<op::BatchExecuteStatement>(
      {.access =
           [access](const Request& request, const BatchExecuteStatementInput& input) {
             AccessChecks out;
             for (const BatchStatementRequest& one : input.statements) {
               const auto statement = partiql::try_parse(one.statement, one.parameters);
               if (!statement) continue;
               for (auto& check : partiql::checks_of(access, request, *statement))
                 out.push_back(std::move(check));
             }
             return out;
           },
       .run = bind_run(this, &PartiQl::batch_execute_statement)});
  register_transaction(table);
}

}  // namespace haneul::dynamodb
