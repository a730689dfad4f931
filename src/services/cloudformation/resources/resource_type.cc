#include "services/cloudformation/resources/resource_type.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "services/cloudformation/template/text.h"

namespace haneul::cloudformation {

PropertySpec scalar(std::string_view name) { return {.name = name}; }
PropertySpec scalars(std::string_view name) { return {.name = name, .form = Form::kScalars}; }
PropertySpec map(std::string_view name) { return {.name = name, .form = Form::kMap}; }
PropertySpec json(std::string_view name) { return {.name = name, .form = Form::kJson}; }
PropertySpec tags(std::string_view name) { return {.name = name, .form = Form::kTags}; }
PropertySpec object(std::string_view name, std::vector<PropertySpec> members) {
  return {.name = name, .form = Form::kObject, .members = std::move(members)};
}
PropertySpec objects(std::string_view name, std::vector<PropertySpec> members) {
  return {.name = name, .form = Form::kObjects, .members = std::move(members)};
}

namespace {

const PropertySpec* find_spec(const std::vector<PropertySpec>& specs, std::string_view name) {
  const auto found = std::ranges::find(specs, name, &PropertySpec::name);
  return found == specs.end() ? nullptr : &*found;
}

struct Path {
  std::string_view where;  // of the resource
  std::string text;
  Stage stage = Stage::kUnresolved;
  Path in(std::string_view member) const { return {where, text + std::string(member), stage}; }
  // Whether the value may still become anything.
  bool is_open(const Document& value) const {
    const auto function = as_intrinsic(value);
    return stage == Stage::kUnresolved && function && function->name != "Condition";
  }
};

void check_value(const PropertySpec& spec, const Document& value, const Path& path);

void check_object(const std::vector<PropertySpec>& specs, const Document& value, const Path& path) {
  for (const auto& [name, member] : value.as_object()) {
    const PropertySpec* spec = find_spec(specs, name);
    if (spec == nullptr)
      fail_template(fmt::format("{}Encountered unsupported property {}", path.where, path.text + name));
    check_value(*spec, member, path.in(name));
  }
  for (const PropertySpec& spec : specs) {
    if (spec.need == Need::kRequired && value.find(spec.name) == nullptr) {
      fail_template(fmt::format("{}Property {}{} cannot be empty.", path.where, path.text, spec.name));
    }
  }
}

void check_value(const PropertySpec& spec, const Document& value, const Path& path) {
  if (path.is_open(value)) return;
  const auto require = [&](std::string_view kind) {
    fail_template(fmt::format("{}Value of property {} must be {}", path.where, path.text, kind));
  };
  switch (spec.form) {
    case Form::kScalar:
      if (!is_scalar(value)) require("of type String");
      return;
    case Form::kScalars:
      if (!value.is_array()) require("of type List of String");
      for (const Document& item : value.as_array()) {
        if (!is_scalar(item) && !path.is_open(item)) require("of type List of String");
      }
      return;
    case Form::kObject:
      if (!value.is_object()) require("an object");
      check_object(spec.members, value, path.in("."));
      return;
    case Form::kObjects:
    case Form::kTags:
      if (!value.is_array()) require("of type List");
      for (const Document& item : value.as_array()) {
        if (path.is_open(item)) continue;
        if (!item.is_object()) require("a list of objects");
        if (spec.form == Form::kTags) {
          check_object({scalar("Key").required(), scalar("Value").required()}, item, path.in("."));
        } else {
          check_object(spec.members, item, path.in("."));
        }
      }
      return;
    case Form::kMap:
      if (!value.is_object()) require("an object");
      return;
    case Form::kJson:
      if (!value.is_object() && !value.is_string()) require("an object");
      return;
  }
}

}  // namespace

const PropertySpec* ResourceType::find(std::string_view property) const {
  return find_spec(properties, property);
}

void check_properties(const ResourceType& type, const Document& properties, Stage stage,
                      std::string_view where) {
  if (!properties.is_object()) fail_template(fmt::format("{}Properties must be an object", where));
  check_object(type.properties, properties, {where, "", stage});
}

std::vector<PropertyChange> find_changes(const ResourceType& type, const Document& before,
                                         const Document& after) {
  std::vector<PropertyChange> changes;
  for (const PropertySpec& spec : type.properties) {
    const Document* old_value = before.find(spec.name);
    const Document* new_value = after.find(spec.name);
    if (old_value == nullptr && new_value == nullptr) continue;
    if (old_value != nullptr && new_value != nullptr && same_value(*old_value, *new_value)) continue;
    const bool is_replacing = spec.is_replacing != nullptr && spec.is_replacing(old_value, new_value);
    changes.push_back({spec.name, is_replacing ? OnChange::kReplace : spec.on_change});
  }
  return changes;
}

std::string generate_name(const NameRule& rule, std::string_view stack_name, std::string_view logical_id,
                          std::string_view random) {
  const size_t room = rule.length_max - random.size() - 2;
  std::string stack(stack_name);
  std::string logical(logical_id);
  // Both are cut evenly, as CloudFormation does, so that each remains readable.
  if (stack.size() + logical.size() > room) {
    const size_t half = room / 2;
    if (stack.size() > half && logical.size() > half) {
      stack.resize(half);
      logical.resize(room - half);
    } else if (stack.size() > half) {
      stack.resize(room - logical.size());
    } else {
      logical.resize(room - stack.size());
    }
  }
  const std::string name = fmt::format("{}-{}-{}", stack, logical, random);
  return rule.letter_case == NameRule::Case::kLower ? to_lower(name) : name;
}

}  // namespace haneul::cloudformation
