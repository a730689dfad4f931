// Template: the sections of a CloudFormation template, read and checked for form. What stands inside values
// (references, functions) is judged by references.h and resolved by resolver.h.
// Source: "Template anatomy" of the CloudFormation user guide. Pure; errors are ValidationError with AWS's
// texts.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/document.h"

namespace haneul::cloudformation {

inline constexpr std::string_view kServerlessTransform = "AWS::Serverless-2016-10-31";
inline constexpr std::string_view kLanguageExtensions = "AWS::LanguageExtensions";

struct ParameterSpec {
  std::string name;
  std::string type;
  std::optional<Document> default_value;
  bool no_echo = false;
  std::string description;
  std::string constraint_description;
  std::optional<std::string> allowed_pattern;
  std::vector<std::string> allowed_values;  // empty: any
  std::optional<double> min_length, max_length, min_value, max_value;
};

struct ResourceSpec {
  std::string logical_id;
  std::string type;
  std::string condition;
  Document properties = Document::object();  // unresolved
  std::vector<std::string> depends_on;       // as written; references add to it
  std::string deletion_policy = "Delete";
  std::string update_replace_policy = "Delete";
  Document metadata;
};

struct OutputSpec {
  std::string name;
  std::string description;
  std::string condition;
  Document value;
  Document export_name;  // null: not exported
};
// Refuses what an output's value may not be, once it is resolved; absent for AWS::NoValue.
void require_output_text(const std::optional<Document>& value);
void require_export_name(std::string_view output, std::string_view export_name);

struct Template {
  std::string version;
  std::string description;
  Document metadata;
  std::vector<std::string> transforms;
  std::vector<ParameterSpec> parameters;
  Document mappings = Document::object();
  Document conditions = Document::object();
  std::vector<ResourceSpec> resources;                // in the author's order
  std::map<std::string, size_t, std::less<>> places;  // of each resource in the list
  std::vector<OutputSpec> outputs;

  const ResourceSpec* find_resource(std::string_view logical_id) const;
  const ParameterSpec* find_parameter(std::string_view name) const;
};

// JSON when the text begins with a brace, else YAML.
Document parse_template_text(std::string_view text);
std::vector<std::string> declared_transforms(const Document& body);
Template read_template(const Document& body);

std::vector<ParameterSpec> read_parameters(const Document& body);

// Sections of their own files.
ParameterSpec read_parameter(const std::string& name, const Document& body);
ResourceSpec read_resource(const std::string& logical_id, const Document& body);
OutputSpec read_output(const std::string& name, const Document& body);

}  // namespace haneul::cloudformation
