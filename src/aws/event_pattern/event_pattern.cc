#include "aws/event_pattern/event_pattern.h"

#include <algorithm>
#include <string>
#include <vector>

#include "aws/event_pattern/rule.h"
#include "base/json.h"

namespace haneul::aws {

struct EventPattern::Node {
  struct Field;
  std::vector<Field> fields;
  std::vector<std::vector<Node>> alternatives;  // each "$or"
  std::vector<PatternRule> rules;               // of a leaf
  bool is_leaf = false;
};

struct EventPattern::Node::Field {
  std::string name;
  Node node;
};

namespace {

using Node = EventPattern::Node;

constexpr std::string_view kOperators[] = {"exists",  "prefix",   "suffix", "equals-ignore-case",
                                           "numeric", "wildcard", "cidr",   "anything-but"};

bool is_pattern(const Document& value) {
  if (!value.is_object()) return false;
  return std::ranges::none_of(value.as_object(), [](const auto& entry) {
    return std::ranges::find(kOperators, entry.first) != std::end(kOperators);
  });
}

// "$or" is an alternative when it lists at least two patterns; else it is the name of a field.
bool is_alternative(const std::string& name, const Document& value) {
  return name == "$or" && value.is_array() && value.as_array().size() >= 2 &&
         std::ranges::all_of(value.as_array(), is_pattern);
}

Node parse_node(const Document& value, PatternDialect dialect) {
  Node node;
  if (value.is_array()) {
    node.is_leaf = true;
    for (const Document& entry : value.as_array()) node.rules.push_back(parse_rule(entry, dialect));
    if (node.rules.empty()) throw ParseError("Empty arrays are not allowed");
    return node;
  }
  if (!value.is_object()) throw ParseError("Match value must be String, number, true, false, or null");
  for (const auto& [name, child] : value.as_object()) {
    if (!is_alternative(name, child)) {
      node.fields.push_back({name, parse_node(child, dialect)});
      continue;
    }
    auto& alternatives = node.alternatives.emplace_back();
    for (const Document& each : child.as_array()) alternatives.push_back(parse_node(each, dialect));
  }
  if (node.fields.empty() && node.alternatives.empty()) throw ParseError("Empty objects are not allowed");
  return node;
}

// Whether there is a scalar at the place; lists count by their elements.
bool has_scalar(const Document* value) {
  if (value == nullptr || value->is_object()) return false;
  if (!value->is_array()) return true;
  return std::ranges::any_of(value->as_array(), [](const Document& each) { return has_scalar(&each); });
}

bool matches_scalars(const PatternRule& rule, const Document& value) {
  if (value.is_object()) return false;
  if (!value.is_array()) return rule.matches(value);
  return std::ranges::any_of(value.as_array(),
                             [&](const Document& each) { return matches_scalars(rule, each); });
}

bool matches_leaf(const Node& leaf, const Document* value) {
  return std::ranges::any_of(leaf.rules, [&](const PatternRule& rule) {
    if (rule.op == PatternRule::Op::kExists)
      return has_scalar(value) == (rule.presence == PatternRule::Presence::kThere);
    return value != nullptr && matches_scalars(rule, *value);
  });
}

// `value` is null for what the event does not have: "exists: false" matches there.
bool matches_node(const Node& node, const Document* value) {
  if (node.is_leaf) return matches_leaf(node, value);
  if (value != nullptr && value->is_array()) {
    return std::ranges::any_of(value->as_array(),
                               [&](const Document& each) { return matches_node(node, &each); });
  }
  for (const auto& [name, child] : node.fields) {
    if (!matches_node(child, value == nullptr ? nullptr : value->find(name))) return false;
  }
  return std::ranges::all_of(node.alternatives, [&](const std::vector<Node>& each) {
    return std::ranges::any_of(each, [&](const Node& one) { return matches_node(one, value); });
  });
}

EventPattern::Form form_at(const Node& node, std::string_view key) {
  for (const auto& [name, child] : node.fields) {
    if (name == key) return child.is_leaf ? EventPattern::Form::kValues : EventPattern::Form::kObject;
  }
  for (const auto& alternatives : node.alternatives) {
    for (const Node& each : alternatives) {
      const auto form = form_at(each, key);
      if (form != EventPattern::Form::kAbsent) return form;
    }
  }
  return EventPattern::Form::kAbsent;
}

}  // namespace

EventPattern EventPattern::parse(std::string_view json, PatternDialect dialect) {
  const Document value = parse_json(json);
  if (!value.is_object()) throw ParseError("Filter is not an object");
  return EventPattern(std::make_shared<const Node>(parse_node(value, dialect)));
}

bool EventPattern::matches(const Document& event) const { return matches_node(*root_, &event); }

EventPattern::Form EventPattern::form_of(std::string_view key) const { return form_at(*root_, key); }

}  // namespace haneul::aws
