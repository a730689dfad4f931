#include "services/dynamodb/ops/item_request.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "services/dynamodb/expression/legacy.h"
#include "services/dynamodb/refusal.h"
#include "services/dynamodb/value/wire.h"

namespace haneul::dynamodb {
namespace {

using Kind = ItemChange::Kind;

std::vector<std::string> given(const std::vector<std::pair<const char*, bool>>& names) {
  std::vector<std::string> out;
  for (const auto& [name, is_given] : names) {
    if (is_given) out.emplace_back(name);
  }
  return out;
}

// Inputs share the names of these members.
template <class Input>
Placeholders placeholders_of(const Input& input, HasExpressions expressions) {
  return Placeholders(input.expression_attribute_names, input.expression_attribute_values, expressions);
}

template <class Input>
void read_condition(const Input& input, Placeholders& placeholders, ItemChange& out) {
  if (input.condition_expression) {
    out.condition = parse_condition(*input.condition_expression, "ConditionExpression", placeholders);
  }
}

template <class Input>
void read_expected(const Input& input, ItemChange& out) {
  if (input.expected) out.condition = condition_of_expected(*input.expected, input.conditional_operator);
}

// PutItem and DeleteItem: a condition, in one of the two styles.
template <class Input>
void read_either(const Input& input, ItemChange& out) {
  require_one_style({.expressions = {{"ConditionExpression", input.condition_expression.has_value()}},
                     .others = {{"Expected", input.expected.has_value()},
                                {"ConditionalOperator", input.conditional_operator.has_value()}}});
  Placeholders placeholders = placeholders_of(input, input.condition_expression.has_value());
  read_condition(input, placeholders, out);
  placeholders.finish();
  read_expected(input, out);
}

// The parts of a transaction: a condition, as an expression.
template <class Input>
void read_expression(const Input& input, ItemChange& out) {
  Placeholders placeholders = placeholders_of(input, true);
  read_condition(input, placeholders, out);
  placeholders.finish();
}

}  // namespace

void require_one_style(const ParameterNames& names) {
  const std::vector<std::string> expressions = given(names.expressions);
  const std::vector<std::string> others = given(names.others);
  if (expressions.empty() || others.empty()) return;
  refuse(fmt::format(
      "Can not use both expression and non-expression parameters in the same request: Non-expression "
      "parameters: {{{}}} Expression parameters: {{{}}}",
      fmt::join(others, ", "), fmt::join(expressions, ", ")));
}

void fail_condition(const ConditionFailed& failed, const std::optional<std::string>& wish) {
  ConditionalCheckFailedException error("The conditional request failed");
  if (wish == "ALL_OLD" && failed.item) error.with("Item", document_of(*failed.item));
  throw error;
}

ItemChange change_of(const PutItemInput& input) {
  ItemChange out{.kind = Kind::kPut, .given = attributes_from(input.item), .condition = {}, .update = {}};
  read_either(input, out);
  return out;
}

ItemChange change_of(const DeleteItemInput& input) {
  ItemChange out{.kind = Kind::kDelete, .given = attributes_from(input.key), .condition = {}, .update = {}};
  read_either(input, out);
  return out;
}

ItemChange change_of(const UpdateItemInput& input) {
  ItemChange out{.kind = Kind::kUpdate, .given = attributes_from(input.key), .condition = {}, .update = {}};
  const bool expressions = input.update_expression || input.condition_expression;
  require_one_style({.expressions = {{"UpdateExpression", input.update_expression.has_value()},
                                     {"ConditionExpression", input.condition_expression.has_value()}},
                     .others = {{"AttributeUpdates", input.attribute_updates.has_value()},
                                {"Expected", input.expected.has_value()},
                                {"ConditionalOperator", input.conditional_operator.has_value()}}});
  Placeholders placeholders = placeholders_of(input, expressions);
  if (input.update_expression) out.update = parse_update(*input.update_expression, placeholders);
  read_condition(input, placeholders, out);
  placeholders.finish();
  read_expected(input, out);
  if (input.attribute_updates) out.update = update_of_legacy(*input.attribute_updates);
  return out;
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
  Placeholders placeholders = placeholders_of(input, true);
  out.condition = parse_condition(input.condition_expression, "ConditionExpression", placeholders);
  placeholders.finish();
  return out;
}

ItemChange change_of(const Update& input) {
  ItemChange out{.kind = Kind::kUpdate, .given = attributes_from(input.key), .condition = {}, .update = {}};
  Placeholders placeholders = placeholders_of(input, true);
  out.update = parse_update(input.update_expression, placeholders);
  read_condition(input, placeholders, out);
  placeholders.finish();
  return out;
}

}  // namespace haneul::dynamodb
