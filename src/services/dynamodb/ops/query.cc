// Query and Scan: pages of a table or an index.
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gen/dynamodb/operations.h"
#include "model/common_errors.h"
#include "services/dynamodb/access.h"
#include "services/dynamodb/expression/legacy.h"
#include "services/dynamodb/items/capacity.h"
#include "services/dynamodb/items/key_check.h"
#include "services/dynamodb/items/page.h"
#include "services/dynamodb/ops/get_request.h"
#include "services/dynamodb/ops/item_request.h"
#include "services/dynamodb/refusal.h"
#include "services/dynamodb/service.h"
#include "services/dynamodb/tables/naming.h"
#include "services/dynamodb/value/wire.h"

namespace haneul::dynamodb {

using platform::bind_run;
using platform::Effect;
using platform::Request;

namespace {

// What is parsed without the table.
struct Asked {
  Predicate filter;
  const char* filter_name = "FilterExpression";
  Selection selection;
  std::optional<Attributes> start;
  std::string select;  // as it was given or follows
  bool consistent = false;
  Consistency consistency() const { return consistent ? Consistency::kStrong : Consistency::kEventual; }
};

struct SelectHints {
  const char* selection = nullptr;  // the parameter that names attributes, if there is one
  bool index = false;
};

std::string select_of(const std::optional<std::string>& given, SelectHints hints) {
  if (!given)
    return hints.selection != nullptr ? "SPECIFIC_ATTRIBUTES"
           : hints.index              ? "ALL_PROJECTED_ATTRIBUTES"
                                      : "ALL_ATTRIBUTES";
  if (hints.selection != nullptr && *given != "SPECIFIC_ATTRIBUTES") {
    const char* what = *given == "COUNT" ? "only the Count" : given->c_str();
    refuse(fmt::format("Cannot specify the {} when choosing to get {}", hints.selection, what));
  }
  if (*given == "SPECIFIC_ATTRIBUTES" && hints.selection == nullptr) {
    refuse(
        "Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES");
  }
  if (*given == "ALL_PROJECTED_ATTRIBUTES" && !hints.index) {
    refuse("ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName");
  }
  return *given;
}

// What is wrong with a value is told with "starting key" before it, unless it is about numbers or duplicates.
Attributes start_from(const Document& wire) {
  try {
    return attributes_from(wire);
  } catch (const model::ValidationException& refusal) {
    const std::string_view why = refusal.message();
    if (why.contains("number set")) throw;
    refuse(fmt::format("The provided starting key is invalid: {}", why));
  }
}

template <class Input>
void read_selection(const Input& input, Asked& out) {
  const char* selection = input.attributes_to_get       ? "AttributesToGet"
                          : input.projection_expression ? "ProjectionExpression"
                                                        : nullptr;
  out.select = select_of(input.select, {.selection = selection, .index = input.index_name.has_value()});
  if (input.attributes_to_get) out.selection = projection_of(*input.attributes_to_get);
  out.consistent = input.consistent_read.value_or(false);
}

template <class Input>
void read_expressions(const Input& input, Placeholders& placeholders, Asked& out) {
  if (input.filter_expression) {
    out.filter = parse_condition(*input.filter_expression, "FilterExpression", placeholders);
  }
  if (input.projection_expression) {
    out.selection = parse_projection(*input.projection_expression, placeholders);
  }
  placeholders.finish();
}

void require_segment(const ScanInput& input) {
  if (input.segment && !input.total_segments) {
    refuse(
        "The TotalSegments parameter is required but was not present in the request when Segment parameter "
        "is "
        "present");
  }
  if (input.total_segments && !input.segment) {
    refuse(
        "The Segment parameter is required but was not present in the request when parameter TotalSegments "
        "is "
        "present");
  }
  if (input.segment && *input.segment >= *input.total_segments) {
    refuse(fmt::format(
        "The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: "
        "{} is not less than TotalSegments: {}",
        *input.segment, *input.total_segments));
  }
}

Asked read_scan(const ScanInput& input) {
  require_style({.expressions = {{"ProjectionExpression", input.projection_expression.has_value()},
                                 {"FilterExpression", input.filter_expression.has_value()}},
                 .others = {{"AttributesToGet", input.attributes_to_get.has_value()},
                            {"ScanFilter", input.scan_filter.has_value()},
                            {"ConditionalOperator", input.conditional_operator.has_value()}}},
                placeholding_of(input));
  Asked out;
  read_selection(input, out);
  require_joined(input.conditional_operator, input.scan_filter ? input.scan_filter->size() : 0);
  if (input.scan_filter) out.filter = condition_of_filter(*input.scan_filter, input.conditional_operator);
  if (input.exclusive_start_key) out.start = start_from(*input.exclusive_start_key);
  require_segment(input);
  Placeholders placeholders(input.expression_attribute_names, input.expression_attribute_values);
  read_expressions(input, placeholders, out);
  return out;
}

const Index* find_index(const Table& table, const std::optional<std::string>& name, const Asked& asked) {
  if (!name) return nullptr;
  const Index* index = table.index(*name);
  if (index == nullptr) refuse(fmt::format("The table does not have the specified index: {}", *name));
  if (index->is_local()) return index;
  if (asked.consistent) refuse("Consistent reads are not supported on global secondary indexes");
  if (index->state != Index::State::kActive) {
    refuse(fmt::format("Cannot read from backfilling global secondary index: {}", *name));
  }
  if (asked.select == "ALL_ATTRIBUTES" && index->projection != "ALL") {
    refuse(fmt::format(
        "One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported for "
        "global secondary index {} because its projection type is not ALL",
        *name));
  }
  if (asked.select != "SPECIFIC_ATTRIBUTES") return index;
  const std::vector<std::string> absent = not_projected(table, *index, asked.selection.attributes());
  if (absent.empty()) return index;
  refuse(fmt::format(
      "One or more parameter values were invalid: Global secondary index {} does not project [{}]", *name,
      fmt::join(absent, ", ")));
}

// Whether a local index's entries do not hold what is asked for.
bool needs_items(const Table& table, const Index* index, const Asked& asked) {
  if (index == nullptr || !index->is_local() || index->projection == "ALL") return false;
  if (asked.select == "ALL_ATTRIBUTES") return true;
  return asked.select == "SPECIFIC_ATTRIBUTES" &&
         !not_projected(table, *index, asked.selection.attributes()).empty();
}

void require_no_key_in_filter(const KeySchema& keys, const Asked& asked) {
  for (const std::string& name : asked.filter.attributes()) {
    if (name != keys.hash && name != keys.range) continue;
    const bool legacy = std::string_view(asked.filter_name) == "QueryFilter";
    refuse(fmt::format("{} can only contain non-primary key attributes: Primary key attribute: {}",
                       legacy ? "QueryFilter" : "Filter Expression", name));
  }
}

void require_key_types(const Table& table, const KeySchema& keys, const KeyCondition& condition) {
  constexpr const char* kMismatch =
      "One or more parameter values were invalid: Condition parameter type does not match schema type";
  if (!condition.hash.is(table.attributes.at(keys.hash))) refuse(kMismatch);
  require_not_empty(keys.hash, condition.hash);
  if (!condition.range) return;
  const ValueType type = table.attributes.at(*keys.range);
  if (!condition.range->value.is(type)) refuse(kMismatch);
  using Kind = RangeCondition::Kind;
  if (condition.range->kind == Kind::kBetween && !condition.range->upper.is(type)) refuse(kMismatch);
  if (condition.range->kind == Kind::kBeginsWith && type == ValueType::kNumber) {
    refuse(
        "Invalid KeyConditionExpression: Incorrect operand type for operator or function; operator or "
        "function: "
        "begins_with, operand type: N");
  }
}

KeyNames key_names(const KeySchema& keys) { return {.hash = keys.hash, .range = keys.range}; }

void look_for(const Asked& asked, Walk& out) {
  out.filter = asked.filter;
  if (asked.selection.everything()) return;
  out.project = [&asked](Attributes item) { return asked.selection.apply(std::move(item)); };
}

template <class Output, class Input>
Output answer(Page page, const Table& table, const Asked& asked, const Units& used, const Input& input) {
  Output out;
  out.count = static_cast<int32_t>(page.items.count());
  out.scanned_count = page.scanned;
  if (page.last_key) out.last_evaluated_key = stored_document(*page.last_key);
  out.consumed_capacity = consumed(input.return_consumed_capacity, table, used);
  if (out.consumed_capacity) out.consumed_capacity->table_name = input.table_name;  // as it was asked for
  if (asked.select == "COUNT") return out;
  out.items = stored_documents(std::move(page.items));
  return out;
}

struct AskedQuery {
  Asked common;
  std::vector<KeyClause> keys;
};

AskedQuery read_query(const QueryInput& input) {
  require_style({.expressions = {{"ProjectionExpression", input.projection_expression.has_value()},
                                 {"FilterExpression", input.filter_expression.has_value()},
                                 {"KeyConditionExpression", input.key_condition_expression.has_value()}},
                 .others = {{"AttributesToGet", input.attributes_to_get.has_value()},
                            {"QueryFilter", input.query_filter.has_value()},
                            {"ConditionalOperator", input.conditional_operator.has_value()},
                            {"KeyConditions", input.key_conditions.has_value() &&
                                                  input.key_condition_expression.has_value()}}},
                placeholding_of(input));
  AskedQuery out;
  require_joined(input.conditional_operator, input.query_filter ? input.query_filter->size() : 0);
  if (input.query_filter) {
    out.common.filter = condition_of_filter(*input.query_filter, input.conditional_operator);
    out.common.filter_name = "QueryFilter";
  }
  read_selection(input, out.common);
  if (input.exclusive_start_key) out.common.start = start_from(*input.exclusive_start_key);
  if (!input.key_conditions && !input.key_condition_expression) {
    refuse("Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.");
  }
  Placeholders placeholders(input.expression_attribute_names, input.expression_attribute_values);
  Predicate keys;
  if (input.key_condition_expression) {
    keys = parse_condition(*input.key_condition_expression, "KeyConditionExpression", placeholders);
  }
  read_expressions(input, placeholders, out.common);
  out.keys = keys ? key_clauses_of(keys) : key_clauses_of(*input.key_conditions);
  return out;
}

// The page was to begin at no row of those that are asked for.
[[noreturn]] void refuse_start(const Walk& walked, const KeySchema& keys, const KeyCondition& condition,
                               Attributes start) {
  if (!condition.range) {
    refuse("The provided starting key is outside query boundaries based on provided conditions");
  }
  start.set(keys.hash, condition.hash);
  std::vector<Stretch> asked = {stretch_of(*walked.table, walked.index, condition)};
  if (start_after(*walked.table, walked.index, start, walked.direction, asked)) {
    refuse("The query can return at most one row and cannot be restarted");
  }
  refuse("The provided starting key does not match the range key predicate");
}

// Query has a sentence of its own for this, Scan the one of all operations.
void require_limit(const QueryInput& input) {
  if (!input.limit || *input.limit >= 1) return;
  refuse(
      "1 validation error detected: Value at 'Limit' failed to satisfy constraint: Member must have value "
      "greater than or equal to 1");
}

// What both ask of a walk; false: no page begins where they want it to.
bool begin(const Asked& asked, const std::optional<int32_t>& limit, Walk& walked) {
  if (limit) walked.limit = static_cast<size_t>(*limit);
  look_for(asked, walked);
  if (needs_items(*walked.table, walked.index, asked)) walked.fetch = Walk::Fetch::kItems;
  if (!asked.start) return true;
  require_start_key(*walked.table, walked.index, *asked.start);
  return start_after(*walked.table, walked.index, *asked.start, walked.direction, walked.stretches);
}

}  // namespace

QueryOutput DynamoDbService::query(const Request& request, const QueryInput& input) {
  require_limit(input);
  const AskedQuery query = in_newer_words([&] { return read_query(input); });
  const Asked& asked = query.common;
  const TableName where = table_in(request, input.table_name);
  return parts_.db.read([&](store::ReadTx& tx) {
    const TablePtr table = catalog_.require(tx, where);
    const Index* index = find_index(*table, input.index_name, asked);
    const KeySchema& keys = index == nullptr ? table->keys : index->keys;
    if (input.key_conditions && query.keys.size() == 2 && !keys.range) {
      refuse("Query key condition not supported");
    }
    const KeyCondition condition = key_condition_of(query.keys, key_names(keys));
    require_key_types(*table, keys, condition);
    require_no_key_in_filter(keys, asked);
    if (index != nullptr) require_projected_filter(*table, *index, asked.filter);
    require_not_entered(*table, asked.selection.entered());
    require_not_entered(*table, asked.filter.entered());
    Walk walked{.table = table.get(), .index = index, .stretches = {stretch_of(*table, index, condition)}};
    walked.direction =
        input.scan_index_forward.value_or(true) ? store::Direction::kForward : store::Direction::kReverse;
    if (!begin(asked, input.limit, walked)) refuse_start(walked, keys, condition, *asked.start);
    admit_read(throttle(), *table, index);
    Page page = walk(tx, walked);
    const Units used = units_of(walked, page, asked.consistency());
    charge_read(throttle(), *table, used);
    return answer<QueryOutput>(std::move(page), *table, asked, used, input);
  });
}

ScanOutput DynamoDbService::scan(const Request& request, const ScanInput& input) {
  const Asked asked = read_scan(input);
  const TableName where = table_in(request, input.table_name);
  return parts_.db.read([&](store::ReadTx& tx) {
    const TablePtr table = catalog_.require(tx, where);
    const Index* index = find_index(*table, input.index_name, asked);
    require_not_entered(*table, asked.selection.entered());
    require_not_entered(*table, asked.filter.entered());
    const auto segment = static_cast<uint32_t>(input.segment.value_or(0));
    const auto total = static_cast<uint32_t>(input.total_segments.value_or(1));
    Walk walked{
        .table = table.get(), .index = index, .stretches = stretches_of(*table, index, segment, total)};
    if (!begin(asked, input.limit, walked)) {
      refuse(
          fmt::format("The provided starting key is invalid: Invalid ExclusiveStartKey. Please use "
                      "ExclusiveStartKey with correct Segment. TotalSegments: {} Segment: {}",
                      total, segment));
    }
    admit_read(throttle(), *table, index);
    Page page = walk(tx, walked);
    const Units used = units_of(walked, page, asked.consistency());
    charge_read(throttle(), *table, used);
    return answer<ScanOutput>(std::move(page), *table, asked, used, input);
  });
}

namespace {

template <class Input>
ItemTouch touch_of(const Input& input) {
  ItemTouch touch;
  touch.return_consumed = input.return_consumed_capacity;
  const bool selects = input.projection_expression || input.attributes_to_get;
  touch.select = input.select       ? *input.select
                 : selects          ? "SPECIFIC_ATTRIBUTES"
                 : input.index_name ? "ALL_PROJECTED_ATTRIBUTES"
                                    : "ALL_ATTRIBUTES";
  TableAccess::add_selection(
      {input.projection_expression, input.attributes_to_get, input.expression_attribute_names}, touch);
  TableAccess::add_condition(input.filter_expression, input.expression_attribute_names,
                             input.expression_attribute_values, touch);
  return touch;
}

}  // namespace

void DynamoDbService::register_reads(platform::OperationTable& table) {
  const TableAccess access(parts_.db, catalog_);
  table.add<op::Query>(
      {.access =
           [this, access](const Request& request, const QueryInput& input) {
             ItemTouch touch = touch_of(input);
             TableAccess::add_condition(input.key_condition_expression, input.expression_attribute_names,
                                        input.expression_attribute_values, touch);
             if (const auto hash = queried_hash(request, input)) touch.hashes = {*hash};
             return access.on_index(request, "dynamodb:Query", input.table_name, input.index_name, touch);
           },
       .run = bind_run(this, &DynamoDbService::query),
       .effect = Effect::kReadOnly});
  table.add<op::Scan>({.access =
                           [access](const Request& request, const ScanInput& input) {
                             return access.on_index(request, "dynamodb:Scan", input.table_name,
                                                    input.index_name, touch_of(input));
                           },
                       .run = bind_run(this, &DynamoDbService::scan),
                       .effect = Effect::kReadOnly});
}

// The hash key of a Query, for the leading keys of fine-grained access; nothing when the request is not
// right.
std::optional<Value> DynamoDbService::queried_hash(const Request& request, const QueryInput& input) {
  const TableName where = table_in(request, input.table_name);
  const TablePtr table = parts_.db.read([&](store::ReadTx& tx) { return catalog_.find(tx, where); });
  if (table == nullptr) return std::nullopt;
  const Index* index = input.index_name ? table->index(*input.index_name) : nullptr;
  if (input.index_name && index == nullptr) return std::nullopt;
  const KeyNames keys = key_names(index == nullptr ? table->keys : index->keys);
  try {
    if (!input.key_condition_expression) {
      if (!input.key_conditions) return std::nullopt;
      return key_condition_of(*input.key_conditions, keys).hash;
    }
    Placeholders placeholders(input.expression_attribute_names, input.expression_attribute_values);
    return parse_key_condition(*input.key_condition_expression, keys, placeholders).hash;
  } catch (const model::ServiceError&) {
    return std::nullopt;
  }
}

}  // namespace haneul::dynamodb
