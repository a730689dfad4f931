#include "services/cloudformation/engine/evaluation.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"
#include "model/error.h"
#include "services/cloudformation/template/text.h"

namespace haneul::cloudformation {

namespace {

constexpr std::string_view kHidden = "****";

const Incarnation* find_made(const ResourceMap& resources, std::string_view logical_id) {
  const auto found = resources.find(std::string(logical_id));
  if (found == resources.end() || !found->second.current) return nullptr;
  return &*found->second.current;
}

Document attribute_of(const Incarnation& made, std::string_view logical_id, std::string_view attribute) {
  if (const Document* value = made.attributes.find(attribute)) return *value;
  fail_template(fmt::format("Template error: resource {} does not support attribute type {} in Fn::GetAtt",
                            logical_id, attribute));
}

}  // namespace

Evaluation::Evaluation(const StackIdentity& identity, const Spec& spec)
    : template_(read_template(parse_json(spec.processed))), no_echo_(spec.no_echo) {
  base_.values["AWS::AccountId"] = identity.place.account.str();
  base_.values["AWS::Region"] = identity.place.region.str();
  base_.values["AWS::StackName"] = identity.name;
  base_.values["AWS::StackId"] = identity.id;
  base_.values["AWS::Partition"] = "aws";
  base_.values["AWS::URLSuffix"] = "amazonaws.com";
  base_.values["AWS::NotificationARNs"] = Document::array();
  for (const ParameterSpec& parameter : template_.parameters) {
    const auto text = spec.parameters.find(parameter.name);
    if (text != spec.parameters.end())
      base_.values[parameter.name] = parameter_value(parameter, text->second);
  }
  base_.mappings = template_.mappings;
  base_.has_language_extensions =
      std::ranges::find(template_.transforms, kLanguageExtensions) != template_.transforms.end();
  base_.conditions = evaluate_conditions(template_.conditions, base_);
  dependencies_ = find_dependencies(template_);
  for (const ResourceSpec& resource : template_.resources) {
    if (!has_condition(resource.condition)) dependencies_.erase(resource.logical_id);
  }
}

bool Evaluation::has_resource(std::string_view logical_id) const {
  return dependencies_.contains(std::string(logical_id));
}

bool Evaluation::has_condition(const std::string& name) const {
  if (name.empty()) return true;
  const auto found = base_.conditions.find(name);
  return found != base_.conditions.end() && found->second;
}

Document Evaluation::shown(const Document& value, Names names) const {
  for (const std::string& name : no_echo_) {
    const auto found = names.values.find(name);
    if (found != names.values.end()) {
      found->second = found->second.is_array() ? Document(Document::Array{kHidden}) : Document(kHidden);
    }
  }
  try {
    return Resolver(names).resolve(value).value_or(Document());
  } catch (const model::ServiceError&) {
    return kHidden;  // a function cannot do with **** what it did with the value
  }
}

namespace {

// The value without the branches of Fn::If that are not taken.
Document taken_branches(const Document& value, const Names& names) {
  const auto function = as_intrinsic(value);
  if (function && function->name == "Fn::If" && function->argument->is_array()) {
    const auto& parts = function->argument->as_array();
    const bool is_whole = parts.size() == 3 && parts[0].is_string();
    const auto condition = is_whole ? names.conditions.find(parts[0].as_string()) : names.conditions.end();
    if (condition != names.conditions.end()) return taken_branches(parts[condition->second ? 1 : 2], names);
  }
  Document out = value;
  if (out.is_array()) {
    for (Document& item : out.as_array()) item = taken_branches(item, names);
  } else if (out.is_object()) {
    for (auto& [name, member] : out.as_object()) member = taken_branches(member, names);
  }
  return out;
}

}  // namespace

void Evaluation::require_present() const {
  const auto look = [&](const Document& value, std::string_view block) {
    References found;
    collect_references(taken_branches(value, base_), found);
    for (const auto& [name, attribute] : found.attributes) found.refs.insert(name);
    std::vector<std::string> missing;
    for (const std::string& name : found.refs) {
      if (template_.find_resource(name) != nullptr && !has_resource(name)) missing.push_back(name);
    }
    if (missing.empty()) return;
    fail_template(
        fmt::format("Template format error: Unresolved resource dependencies [{}] in the {} block of the "
                    "template",
                    join(missing, ", "), block));
  };
  for (const ResourceSpec& resource : template_.resources) {
    if (has_resource(resource.logical_id)) look(resource.properties, "Resources");
  }
  for (const OutputSpec& output : template_.outputs) {
    if (!has_condition(output.condition)) continue;
    look(output.value, "Outputs");
    look(output.export_name, "Outputs");
  }
}

Names Evaluation::names(const ResourceMap& resources, Missing missing) const {
  Names names = base_;
  if (missing == Missing::kIsUnknown) names.unknown = kKnownAfterApply;
  const auto unknown = [missing](std::string_view logical_id) -> Document {
    if (missing == Missing::kIsUnknown) return kKnownAfterApply;
    fail_template(fmt::format("Template error: resource {} does not exist in the stack", logical_id));
  };
  names.ref = [&resources, unknown](std::string_view logical_id) -> Document {
    const Incarnation* made = find_made(resources, logical_id);
    return made == nullptr ? unknown(logical_id) : Document(made->physical_id);
  };
  names.attribute = [&resources, unknown](std::string_view logical_id,
                                          std::string_view attribute) -> Document {
    const Incarnation* made = find_made(resources, logical_id);
    return made == nullptr ? unknown(logical_id) : attribute_of(*made, logical_id, attribute);
  };
  return names;
}

}  // namespace haneul::cloudformation
