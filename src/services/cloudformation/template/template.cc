#include "services/cloudformation/template/template.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"
#include "base/yaml.h"
#include "services/cloudformation/limits.h"
#include "services/cloudformation/template/text.h"

namespace haneul::cloudformation {

namespace {

const Document* section(const Document& body, std::string_view name) {
  const Document* found = body.find(name);
  if (found == nullptr) return nullptr;
  if (!found->is_object()) fail_template(fmt::format("Template format error: {} must be an object.", name));
  return found;
}

void require_known_sections(const Document& body) {
  static constexpr std::array<std::string_view, 11> kSections = {"AWSTemplateFormatVersion",
                                                                 "Description",
                                                                 "Metadata",
                                                                 "Parameters",
                                                                 "Mappings",
                                                                 "Conditions",
                                                                 "Transform",
                                                                 "Resources",
                                                                 "Outputs",
                                                                 "Rules",
                                                                 "Hooks"};
  std::vector<std::string> unknown;
  for (const auto& [name, value] : body.as_object()) {
    if (std::ranges::find(kSections, name) == kSections.end()) unknown.push_back(name);
  }
  if (!unknown.empty()) {
    fail_template(fmt::format("Invalid template property or properties [{}]", join(unknown, ", ")));
  }
  for (const std::string_view refused : {"Rules", "Hooks"}) {
    if (body.find(refused) != nullptr) {
      fail_template(fmt::format("Template format error: {} are not supported by Haneul.", refused));
    }
  }
}

std::string read_version(const Document& body) {
  const Document* version = body.find("AWSTemplateFormatVersion");
  if (version == nullptr) return {};
  const std::string text = scalar_text(*version);
  if (text != "2010-09-09") {
    fail_template("Template format error: unsupported value for AWSTemplateFormatVersion.");
  }
  return text;
}

std::string read_description(const Document& body) {
  const Document* description = body.find("Description");
  if (description == nullptr) return {};
  if (!description->is_string()) {
    fail_template("Template format error: Description must be a string.");
  }
  if (description->as_string().size() > kDescriptionBytesMax) {
    fail_template("Template format error: 'Description' length is greater than 1024.");
  }
  return description->as_string();
}

void refuse_nulls(const Document& value, const std::string& path) {
  if (value.is_null()) fail_template(fmt::format("[{}] 'null' values are not allowed in templates", path));
  if (value.is_object()) {
    for (const auto& [name, member] : value.as_object()) refuse_nulls(member, path + "/" + name);
  } else if (value.is_array()) {
    size_t index = 0;
    for (const Document& item : value.as_array()) refuse_nulls(item, fmt::format("{}/{}", path, index++));
  }
}

// A text, or a list of texts.
bool is_mapping_value(const Document& value) {
  return is_scalar(value) || (value.is_array() && std::ranges::all_of(value.as_array(), is_scalar));
}

void check_mappings(const Document& mappings) {
  for (const auto& [name, map] : mappings.as_object()) {
    if (!map.is_object()) {
      fail_template(fmt::format("Template format error: Every Mappings member {} must be a map", name));
    }
    for (const auto& [key, values] : map.as_object()) {
      if (!values.is_object()) {
        fail_template(fmt::format(
            "Template format error: Every Mappings attribute must be a map; {}.{} is none.", name, key));
      }
      for (const auto& [attribute, value] : values.as_object()) {
        if (is_mapping_value(value)) continue;
        fail_template(
            fmt::format("Template format error: Every Mappings attribute must be a String or a List. "
                        "({}.{}.{})",
                        name, key, attribute));
      }
    }
  }
}

void check_count(std::string_view section_name, size_t count, size_t max) {
  if (count <= max) return;
  fail_template(fmt::format("Template format error: Number of {}, {}, is greater than maximum allowed, {}",
                            section_name, count, max));
}

void read_sections(const Document& body, Template& out) {
  out.parameters = read_parameters(body);
  if (const Document* mappings = section(body, "Mappings")) {
    check_count("mappings", mappings->as_object().size(), kMappingsMax);
    check_mappings(*mappings);
    out.mappings = *mappings;
  }
  if (const Document* conditions = section(body, "Conditions")) out.conditions = *conditions;
  if (const Document* outputs = section(body, "Outputs")) {
    check_count("outputs", outputs->as_object().size(), kOutputsMax);
    for (const auto& [name, value] : outputs->as_object()) out.outputs.push_back(read_output(name, value));
  }
}

}  // namespace

const ResourceSpec* Template::find_resource(std::string_view logical_id) const {
  const auto found = places.find(logical_id);
  return found == places.end() ? nullptr : &resources[found->second];
}

const ParameterSpec* Template::find_parameter(std::string_view name) const {
  const auto found = std::ranges::find(parameters, name, &ParameterSpec::name);
  return found == parameters.end() ? nullptr : &*found;
}

Document parse_template_text(std::string_view text) {
  const std::string_view body = trim(text);
  const bool is_json = body.starts_with('{');
  Document document;
  try {
    document = is_json ? parse_json(text) : parse_yaml(text);
  } catch (const ParseError& error) {
    const TextPosition at = error.position().value_or(TextPosition{});
    fail_template(fmt::format("Template format error: {} not well-formed. (line {}, column {})",
                              is_json ? "JSON" : "YAML", at.line, at.column));
  }
  if (!document.is_object()) fail_template("Template format error: unsupported structure.");
  refuse_nulls(document, "");
  return document;
}

std::vector<ParameterSpec> read_parameters(const Document& body) {
  std::vector<ParameterSpec> out;
  const Document* parameters = section(body, "Parameters");
  if (parameters == nullptr) return out;
  check_count("parameters", parameters->as_object().size(), kParametersMax);
  for (const auto& [name, value] : parameters->as_object()) out.push_back(read_parameter(name, value));
  return out;
}

std::vector<std::string> declared_transforms(const Document& body) {
  std::vector<std::string> names;
  const Document* transform = body.find("Transform");
  if (transform == nullptr || transform->is_null()) return names;
  if (transform->is_string()) return {transform->as_string()};
  if (transform->is_array()) {
    for (const Document& name : transform->as_array()) {
      if (!name.is_string()) {
        fail_template("Template format error: Transforms with parameters are not supported by Haneul.");
      }
      names.push_back(name.as_string());
    }
    return names;
  }
  fail_template("Template format error: Transforms with parameters are not supported by Haneul.");
}

Template read_template(const Document& body) {
  if (!body.is_object()) fail_template("Template format error: unsupported structure.");
  Template out;
  out.version = read_version(body);
  require_known_sections(body);
  out.description = read_description(body);
  if (const Document* metadata = body.find("Metadata")) out.metadata = *metadata;
  out.transforms = declared_transforms(body);
  const Document* resources = body.find("Resources");
  if (resources == nullptr || !resources->is_object() || resources->as_object().empty()) {
    fail_template("Template format error: At least one Resources member must be defined.");
  }
  check_count("resources", resources->as_object().size(), kResourcesMax);
  for (const auto& [logical_id, value] : resources->as_object()) {
    out.places[logical_id] = out.resources.size();
    out.resources.push_back(read_resource(logical_id, value));
  }
  read_sections(body, out);
  return out;
}

}  // namespace haneul::cloudformation
