// The members of the Parameters, Resources and Outputs sections.

#include <algorithm>
#include <array>
#include <cctype>

#include <fmt/format.h>

#include "base/text.h"
#include "services/cloudformation/limits.h"
#include "services/cloudformation/template/template.h"
#include "services/cloudformation/template/text.h"

namespace haneul::cloudformation {

namespace {

std::optional<double> read_number(const Document& body, std::string_view member) {
  const Document* value = body.find(member);
  if (value == nullptr) return std::nullopt;
  if (value->is_number()) return value->as_double();
  const auto number = parse_int(scalar_text(*value));
  if (!number) fail_template(fmt::format("Template format error: {} must be a number.", member));
  return static_cast<double>(*number);
}

std::string read_text(const Document& body, std::string_view member) {
  const Document* value = body.find(member);
  return value == nullptr ? std::string() : scalar_text(*value);
}

std::string read_condition(const Document& body, std::string_view where) {
  const Document* condition = body.find("Condition");
  if (condition == nullptr) return {};
  if (!condition->is_string()) {
    fail_template(fmt::format("Template format error: Condition of {} must be a string.", where));
  }
  return condition->as_string();
}

// The types whose values can be judged without looking anything up; lists of an AWS type are refused with it.
void require_supported_type(const ParameterSpec& parameter) {
  static constexpr std::array<std::string_view, 4> kPlain = {"String", "Number", "List<Number>",
                                                             "CommaDelimitedList"};
  if (std::ranges::find(kPlain, parameter.type) != kPlain.end() || parameter.type == "List<String>") return;
  if (parameter.type.starts_with("AWS::SSM::")) {
    fail_template(fmt::format(
        "Template format error: Parameter {} has type {}, and Systems Manager parameters are not supported "
        "by Haneul.",
        parameter.name, parameter.type));
  }
  if (parameter.type.starts_with("AWS::") || parameter.type.starts_with("List<AWS::")) {
    fail_template(fmt::format(
        "Template format error: Parameter {} has type {}, whose values Haneul cannot check; use String.",
        parameter.name, parameter.type));
  }
  fail_template(fmt::format("Template format error: Unrecognized parameter type: {}", parameter.type));
}

void require_members(const Document& body, std::string_view kind,
                     std::initializer_list<std::string_view> known) {
  std::vector<std::string> unknown;
  for (const auto& [name, value] : body.as_object()) {
    if (std::ranges::find(known, name) == known.end()) unknown.push_back(name);
  }
  if (unknown.empty()) return;
  fail_template(fmt::format("Invalid template {} property or properties [{}]", kind, join(unknown, ", ")));
}

std::vector<std::string> read_depends_on(const std::string& logical_id, const Document& body) {
  const Document* value = body.find("DependsOn");
  if (value == nullptr) return {};
  if (value->is_string()) return {value->as_string()};
  std::vector<std::string> names;
  const bool is_list = value->is_array() && std::ranges::all_of(value->as_array(), [](const Document& d) {
                         return d.is_string();
                       });
  if (!is_list) {
    fail_template(
        fmt::format("Template format error: DependsOn of resource {} must be a string or a list of strings.",
                    logical_id));
  }
  for (const Document& name : value->as_array()) names.push_back(name.as_string());
  return names;
}

std::string read_policy(const Document& body, std::string_view member) {
  const Document* value = body.find(member);
  if (value == nullptr) return "Delete";
  const std::string policy = scalar_text(*value);
  const bool is_known = policy == "Delete" || policy == "Retain" || policy == "Snapshot" ||
                        (member == "DeletionPolicy" && policy == "RetainExceptOnCreate");
  if (!is_known) {
    fail_template(fmt::format("Template format error: Unrecognized {} {}", member, policy));
  }
  if (policy == "Snapshot") {
    fail_template(
        fmt::format("Template error: resource types of this template do not support {} Snapshot", member));
  }
  return policy;
}

}  // namespace

ParameterSpec read_parameter(const std::string& name, const Document& body) {
  if (!is_alphanumeric(name)) {
    fail_template(fmt::format("Template format error: Parameter name {} is non alphanumeric.", name));
  }
  if (!body.is_object() || body.find("Type") == nullptr) {
    fail_template("Template format error: Every Parameters object must contain a Type member.");
  }
  require_members(body, "parameter",
                  {"Type", "Default", "NoEcho", "Description", "ConstraintDescription", "AllowedPattern",
                   "AllowedValues", "MinLength", "MaxLength", "MinValue", "MaxValue"});
  ParameterSpec out;
  out.name = name;
  out.type = read_text(body, "Type");
  require_supported_type(out);
  if (const Document* value = body.find("Default")) {
    if (!is_scalar(*value)) {
      fail_template(fmt::format("Template format error: Every Default member must be a string."));
    }
    out.default_value = scalar_text(*value);
  }
  out.no_echo = equals_ignore_case(read_text(body, "NoEcho"), "true");
  out.description = read_text(body, "Description");
  out.constraint_description = read_text(body, "ConstraintDescription");
  if (body.find("AllowedPattern") != nullptr) out.allowed_pattern = read_text(body, "AllowedPattern");
  if (const Document* values = body.find("AllowedValues")) {
    if (!values->is_array() || values->as_array().empty()) {
      fail_template(
          fmt::format("Template format error: AllowedValues of parameter {} must be a list.", name));
    }
    for (const Document& value : values->as_array()) out.allowed_values.push_back(scalar_text(value));
  }
  out.min_length = read_number(body, "MinLength");
  out.max_length = read_number(body, "MaxLength");
  out.min_value = read_number(body, "MinValue");
  out.max_value = read_number(body, "MaxValue");
  return out;
}

ResourceSpec read_resource(const std::string& logical_id, const Document& body) {
  if (!is_alphanumeric(logical_id)) {
    fail_template(fmt::format("Template format error: Resource name {} is non alphanumeric.", logical_id));
  }
  if (logical_id.size() > kLogicalIdBytesMax) {
    fail_template(fmt::format("Template format error: Resource name {} is longer than {} characters.",
                              logical_id, kLogicalIdBytesMax));
  }
  if (!body.is_object()) {
    fail_template("Template format error: Any Resources member must be an object.");
  }
  const Document* type = body.find("Type");
  if (type == nullptr || !type->is_string()) {
    fail_template(
        fmt::format("Template format error: [/Resources/{}] Every Resources object must contain a "
                    "Type member.",
                    logical_id));
  }
  ResourceSpec out;
  out.logical_id = logical_id;
  out.type = type->as_string();
  for (const auto& [name, value] : body.as_object()) {
    if (name == "CreationPolicy" || name == "UpdatePolicy") {
      fail_template(fmt::format("{} is not supported by Haneul for resource type {}.", name, out.type));
    }
    static constexpr std::array<std::string_view, 8> kKnown = {
        "Type",     "Properties",     "DependsOn",           "Condition",
        "Metadata", "DeletionPolicy", "UpdateReplacePolicy", "Description"};
    if (std::ranges::find(kKnown, name) == kKnown.end()) {
      fail_template(fmt::format("Invalid template resource property '{}'", name));
    }
  }
  out.condition = read_condition(body, logical_id);
  if (const Document* properties = body.find("Properties"); properties != nullptr && !properties->is_null()) {
    if (!properties->is_object()) {
      fail_template(
          fmt::format("Template format error: Properties of resource {} must be an object.", logical_id));
    }
    out.properties = *properties;
  }
  out.depends_on = read_depends_on(logical_id, body);
  out.deletion_policy = read_policy(body, "DeletionPolicy");
  out.update_replace_policy = read_policy(body, "UpdateReplacePolicy");
  if (const Document* metadata = body.find("Metadata")) out.metadata = *metadata;
  return out;
}

void require_output_text(const std::optional<Document>& value) {
  if (!value || is_scalar(*value)) return;
  fail_template(
      fmt::format("Template format error: The Value field of every Outputs member must evaluate to a String "
                  "and not a {}.",
                  value->is_array() ? "List" : "Map"));
}

void require_export_name(std::string_view output, std::string_view export_name) {
  const bool is_valid = !export_name.empty() && export_name.size() <= kLogicalIdBytesMax &&
                        std::ranges::all_of(export_name, [](unsigned char c) {
                          return std::isalnum(c) != 0 || c == ':' || c == '-';
                        });
  if (is_valid) return;
  fail_template(
      fmt::format("Template format error: Output {} is malformed. The Name field of every Export member must "
                  "be specified and consist only of alphanumeric characters, colons, or hyphens.",
                  output));
}

OutputSpec read_output(const std::string& name, const Document& body) {
  if (!is_alphanumeric(name)) {
    fail_template(fmt::format("Template format error: Output name {} is non alphanumeric.", name));
  }
  if (!body.is_object() || body.find("Value") == nullptr) {
    fail_template("Template format error: Every Outputs member must contain a Value object");
  }
  require_members(body, "output", {"Description", "Value", "Condition", "Export"});
  OutputSpec out;
  out.name = name;
  out.description = read_text(body, "Description");
  out.condition = read_condition(body, name);
  out.value = *body.find("Value");
  if (const Document* exported = body.find("Export")) {
    const Document* export_name = exported->find("Name");
    if (export_name == nullptr || exported->as_object().size() != 1) {
      require_export_name(name, "");
    }
    out.export_name = *export_name;
  }
  return out;
}

}  // namespace haneul::cloudformation
