#include "services/cloudformation/template/resolver.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/json.h"
#include "services/cloudformation/limits.h"
#include "services/cloudformation/template/text.h"

namespace haneul::cloudformation {

namespace {

constexpr int kFunctionDepthMax = 64;

size_t weight(const Document& value) { return value.is_string() ? value.as_string().size() : 8; }

}  // namespace

Resolver::Function Resolver::find_function(std::string_view name) {
  struct Row {
    std::string_view name;
    Function function;
  };
  static constexpr std::array<Row, 18> kRows = {{{"Ref", &Resolver::ref},
                                                 {"Fn::GetAtt", &Resolver::get_att},
                                                 {"Fn::If", &Resolver::if_else},
                                                 {"Fn::FindInMap", &Resolver::find_in_map},
                                                 {"Fn::ImportValue", &Resolver::import_value},
                                                 {"Fn::Sub", &Resolver::sub},
                                                 {"Fn::Join", &Resolver::join_items},
                                                 {"Fn::Split", &Resolver::split_text},
                                                 {"Fn::Select", &Resolver::select},
                                                 {"Fn::Base64", &Resolver::base64},
                                                 {"Fn::Cidr", &Resolver::cidr},
                                                 {"Fn::GetAZs", &Resolver::get_azs},
                                                 {"Fn::Length", &Resolver::length},
                                                 {"Fn::ToJsonString", &Resolver::to_json_string},
                                                 {"Fn::And", &Resolver::as_condition},
                                                 {"Fn::Or", &Resolver::as_condition},
                                                 {"Fn::Not", &Resolver::as_condition},
                                                 {"Fn::Equals", &Resolver::as_condition}}};
  for (const Row& row : kRows) {
    if (row.name == name) return row.function;
  }
  return nullptr;
}

void Resolver::count(size_t bytes) {
  bytes_ += bytes;
  if (bytes_ > kResolvedBytesMax) fail_template("Template error: the resolved value is too large.");
}

std::optional<Document> Resolver::resolve(const Document& value) {
  if (++depth_ > 2 * kFunctionDepthMax) fail_template("Template error: functions are nested too deeply.");
  std::optional<Document> out;
  const auto intrinsic = as_intrinsic(value);
  // An object whose only member is "Condition" is a policy statement's or a plain property, not a function.
  if (intrinsic && intrinsic->name != "Condition") {
    const Function function = find_function(intrinsic->name);
    if (function == nullptr) {
      fail_template(fmt::format("Template error: {} is not supported by Haneul.", intrinsic->name));
    }
    out = (this->*function)(*intrinsic->argument);
  } else if (value.is_object()) {
    out = Document::object();
    for (const auto& [name, member] : value.as_object()) {
      count(name.size());
      if (auto resolved = resolve(member)) out->as_object().emplace_back(name, std::move(*resolved));
    }
  } else if (value.is_array()) {
    out = Document::array();
    for (const Document& item : value.as_array()) {
      if (auto resolved = resolve(item)) out->push(std::move(*resolved));
    }
  } else {
    out = value;
  }
  if (out && !out->is_object() && !out->is_array()) count(weight(*out));
  --depth_;
  return out;
}

Document Resolver::require(const Document& value, std::string_view where) {
  auto resolved = resolve(value);
  if (!resolved) fail_template(fmt::format("Template error: {} has no value.", where));
  return std::move(*resolved);
}

std::string Resolver::require_text(const Document& value, std::string_view where) {
  const Document resolved = require(value, where);
  if (!is_scalar(resolved)) {
    fail_template(fmt::format("Template error: every {} must be a string.", where));
  }
  return scalar_text(resolved);
}

Document Resolver::require_list(const Document& value, std::string_view where) {
  Document list = require(value, where);
  if (!list.is_array() && !is_unknown(list))
    fail_template(fmt::format("Template error: {} requires a list.", where));
  return list;
}

bool Resolver::is_unknown(const Document& value) const {
  if (names_.unknown.empty()) return false;
  if (value.is_string()) return value.as_string().find(names_.unknown) != std::string::npos;
  return value.is_array() &&
         std::ranges::any_of(value.as_array(), [this](const Document& item) { return is_unknown(item); });
}

Document Resolver::named(std::string_view name) {
  const auto found = names_.values.find(name);
  if (found != names_.values.end()) return found->second;
  if (!names_.ref) {
    fail_template(
        fmt::format("Template format error: Unresolved dependencies [{}]. Cannot reference resources "
                    "in the Conditions block of the template",
                    name));
  }
  return names_.ref(name);
}

std::optional<Document> Resolver::ref(const Document& argument) {
  if (!argument.is_string()) {
    fail_template("Template error: every Ref object must have a single String value.");
  }
  if (argument.as_string() == "AWS::NoValue") return std::nullopt;
  return named(argument.as_string());
}

std::optional<Document> Resolver::get_att(const Document& argument) {
  std::string logical_id;
  std::string attribute;
  if (argument.is_string()) {
    const size_t dot = argument.as_string().find('.');
    logical_id = argument.as_string().substr(0, dot);
    if (dot != std::string::npos) attribute = argument.as_string().substr(dot + 1);
  } else if (argument.is_array() && argument.as_array().size() == 2 && argument.as_array()[0].is_string()) {
    logical_id = argument.as_array()[0].as_string();
    attribute = require_text(argument.as_array()[1], "Fn::GetAtt attribute");
  }
  if (logical_id.empty() || attribute.empty() || !names_.attribute) {
    fail_template(
        "Template error: every Fn::GetAtt object requires two non-empty parameters, the resource name and "
        "the "
        "resource attribute");
  }
  return names_.attribute(logical_id, attribute);
}

std::optional<Document> Resolver::if_else(const Document& argument) {
  if (!argument.is_array() || argument.as_array().size() != 3 || !argument.as_array()[0].is_string()) {
    fail_template("Template error: Fn::If requires a list argument with three elements");
  }
  const std::string& name = argument.as_array()[0].as_string();
  const auto found = names_.conditions.find(name);
  if (found == names_.conditions.end()) {
    fail_template(fmt::format("Template error: unresolved condition dependency {} in Fn::If", name));
  }
  return resolve(argument.as_array()[found->second ? 1 : 2]);
}

Document Resolver::map_lookup(const Document& argument) {
  const auto& parts = argument.as_array();
  const std::string map = require_text(parts[0], "Fn::FindInMap map name");
  const std::string key = require_text(parts[1], "Fn::FindInMap top level key");
  const std::string name = require_text(parts[2], "Fn::FindInMap second level key");
  if (is_unknown(map) || is_unknown(key) || is_unknown(name)) return names_.unknown;
  const Document* found = names_.mappings.find(map);
  if (found == nullptr) {
    fail_template(
        fmt::format("Template error: Mapping named '{}' is not present in the 'Mappings' section of "
                    "template.",
                    map));
  }
  const Document* values = found->find(key);
  const Document* value = values == nullptr ? nullptr : values->find(name);
  if (value != nullptr) return *value;
  if (parts.size() == 4) {
    require_extensions("Fn::FindInMap with DefaultValue");
    if (const Document* fallback = parts[3].find("DefaultValue")) return require(*fallback, "DefaultValue");
  }
  fail_template(fmt::format("Template error: Unable to get mapping for {}::{}::{}", map, key, name));
}

std::optional<Document> Resolver::find_in_map(const Document& argument) {
  const bool is_list =
      argument.is_array() && argument.as_array().size() >= 3 && argument.as_array().size() <= 4;
  if (!is_list) {
    fail_template(
        "Template error: every Fn::FindInMap object requires three parameters, the map name, map key "
        "and the attribute for return value");
  }
  return map_lookup(argument);
}

std::optional<Document> Resolver::import_value(const Document& argument) {
  const std::string name = require_text(argument, "Fn::ImportValue");
  if (!names_.import) fail_template("Template error: Fn::ImportValue cannot be used here.");
  if (is_unknown(name)) return Document(names_.unknown);
  return names_.import(name);
}

void Resolver::require_extensions(std::string_view function) const {
  if (names_.has_language_extensions) return;
  fail_template(fmt::format("Template error: {} requires the transform AWS::LanguageExtensions.", function));
}

std::optional<Document> Resolver::as_condition(const Document&) {
  fail_template("Template error: Fn::And, Fn::Or, Fn::Not and Fn::Equals may only be used in conditions.");
}

}  // namespace haneul::cloudformation
