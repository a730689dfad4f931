#include "services/dynamodb/ops/item_request.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "services/dynamodb/expression/legacy.h"
#include "services/dynamodb/items/key_check.h"
#include "services/dynamodb/refusal.h"
#include "services/dynamodb/value/wire.h"

namespace haneul::dynamodb {
namespace {

using Kind = ItemChange::Kind;

constexpr std::string_view kWithoutValues = "ProjectionExpression";

std::vector<std::string> given(const std::vector<std::pair<const char*, bool>>& names) {
  std::vector<std::string> out;
  for (const auto& [name, is_given] : names) {
    if (is_given) out.emplace_back(name);
  }
  return out;
}

// Inputs share the names of these members.
template <class Input>
Placeholders placeholders_of(const Input& input) {
  return Placeholders(input.expression_attribute_names, input.expression_attribute_values);
}

template <class Input>
void read_condition(const Input& input, Placeholders& placeholders, ItemChange& out) {
  if (input.condition_expression) {
    out.condition = parse_condition(*input.condition_expression, "ConditionExpression", placeholders);
  }
}

template <class Input>
void read_expected(const Input& input, ItemChange& out) {
  require_joined(input.conditional_operator, input.expected ? input.expected->size() : 0);
  if (input.expected) out.condition = condition_of_expected(*input.expected, input.conditional_operator);
}

// PutItem, UpdateItem and DeleteItem word what is wrong with a request by itself as a constraint.
template <class Read>
auto as_constraint(Read&& read) {
  try {
    return in_newer_words(read);
  } catch (const model::ValidationException& refusal) {
    refuse("1 validation error detected: " + refusal.message());
  }
}

// PutItem and DeleteItem: a condition, in one of the two styles.
template <class Input>
void require_style_of(const Input& input) {
  require_style({.expressions = {{"ConditionExpression", input.condition_expression.has_value()}},
                 .others = {{"Expected", input.expected.has_value()},
                            {"ConditionalOperator", input.conditional_operator.has_value()}},
                 .absent = ParameterNames::Absent::kUntold},
                placeholding_of(input));
}

template <class Input>
void read_either(const Input& input, ItemChange& out) {
  read_expected(input, out);
  Placeholders placeholders = placeholders_of(input);
  read_condition(input, placeholders, out);
  placeholders.finish();
}

// The parts of a transaction: a condition, as an expression. Without one, placeholders are not looked at.
template <class Input>
void read_expression(const Input& input, ItemChange& out) {
  if (!input.condition_expression) return;
  Placeholders placeholders = placeholders_of(input);
  read_condition(input, placeholders, out);
  placeholders.finish();
}

void require_old_or_none(const std::optional<std::string>& wish) {
  if (!wish || *wish == "NONE" || *wish == "ALL_OLD") return;
  refuse("ReturnValues can only be ALL_OLD or NONE");
}

}  // namespace

void require_style(const ParameterNames& names, Placeholding placeholding) {
  const std::vector<std::string> expressions = given(names.expressions);
  const std::vector<std::string> others = given(names.others);
  if (!expressions.empty() && !others.empty()) {
    refuse(fmt::format(
        "Can not use both expression and non-expression parameters in the same request: Non-expression "
        "parameters: {{{}}} Expression parameters: {{{}}}",
        fmt::join(others, ", "), fmt::join(expressions, ", ")));
  }
  const bool has_names = placeholding == Placeholding::kNames || placeholding == Placeholding::kBoth;
  if (has_names && expressions.empty()) {
    refuse("ExpressionAttributeNames can only be specified when using expressions");
  }
  if (placeholding == Placeholding::kNothing || placeholding == Placeholding::kNames) return;
  std::vector<std::string> absent;
  for (const auto& [name, is_given] : names.expressions) {
    if (std::string_view(name) == kWithoutValues) continue;
    if (is_given) return;
    absent.emplace_back(name);
  }
  std::string why = "ExpressionAttributeValues can only be specified when using expressions";
  if (names.absent == ParameterNames::Absent::kTold) {
    why += fmt::format(": {} {} null", fmt::join(absent, " and "), absent.size() > 1 ? "are" : "is");
  }
  refuse(std::move(why));
}

void fail_condition(const ConditionFailed& failed, const std::optional<std::string>& wish) {
  ConditionalCheckFailedException error("The conditional request failed");
  if (wish == "ALL_OLD" && failed.item) error.with("Item", document_of(*failed.item));
  throw error;
}

ItemChange change_of(const PutItemInput& input) {
  ItemChange out = as_constraint([&] {
    require_style_of(input);
    ItemChange put{.kind = Kind::kPut, .given = attributes_from(input.item), .condition = {}, .update = {}};
    require_old_or_none(input.return_values);
    return put;
  });
  require_item_size(out.given);
  as_constraint([&] { read_either(input, out); });
  return out;
}

ItemChange change_of(const DeleteItemInput& input) {
  return as_constraint([&] {
    require_style_of(input);
    ItemChange out{.kind = Kind::kDelete, .given = attributes_from(input.key), .condition = {}, .update = {}};
    require_old_or_none(input.return_values);
    read_either(input, out);
    return out;
  });
}

ItemChange change_of(const UpdateItemInput& input) {
  return as_constraint([&] {
    require_style({.expressions = {{"UpdateExpression", input.update_expression.has_value()},
                                   {"ConditionExpression", input.condition_expression.has_value()}},
                   .others = {{"AttributeUpdates", input.attribute_updates.has_value()},
                              {"Expected", input.expected.has_value()},
                              {"ConditionalOperator", input.conditional_operator.has_value()}},
                   .absent = ParameterNames::Absent::kUntold},
                  placeholding_of(input));
    ItemChange out{.kind = Kind::kUpdate, .given = attributes_from(input.key), .condition = {}, .update = {}};
    if (input.attribute_updates) out.update = update_of_legacy(*input.attribute_updates);
    read_expected(input, out);
    Placeholders placeholders = placeholders_of(input);
    if (input.update_expression) out.update = parse_update(*input.update_expression, placeholders);
    read_condition(input, placeholders, out);
    placeholders.finish();
    return out;
  });
}

ItemChange change_of(const Put& input) {
  ItemChange out{.kind = Kind::kPut, .given = attributes_from(input.item), .condition = {}, .update = {}};
  read_expression(input, out);
  return out;
}

ItemChange change_of(const Delete& input) {
  ItemChange out{.kind = Kind::kDelete, .given = attributes_from(input.key), .condition = {}, .update = {}};
  read_expression(input, out);
  return out;
}

ItemChange change_of(const ConditionCheck& input) {
  ItemChange out{.kind = Kind::kCheck, .given = attributes_from(input.key), .condition = {}, .update = {}};
  Placeholders placeholders = placeholders_of(input);
  out.condition = parse_condition(input.condition_expression, "ConditionExpression", placeholders);
  placeholders.finish();
  return out;
}

ItemChange change_of(const Update& input) {
  ItemChange out{.kind = Kind::kUpdate,
                 .given = attributes_from(input.key),
                 .condition = {},
                 .update = {},
                 .through = ItemChange::Through::kTransaction};
  Placeholders placeholders = placeholders_of(input);
  out.update = parse_update(input.update_expression, placeholders);
  read_condition(input, placeholders, out);
  placeholders.finish();
  return out;
}

}  // namespace haneul::dynamodb
