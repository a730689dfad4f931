#include "services/cloudformation/engine/evaluation.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/json.h"
#include "services/cloudformation/template/text.h"

namespace haneul::cloudformation {

namespace {

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
    : template_(read_template(parse_json(spec.processed))) {
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

Names Evaluation::names(const ResourceMap& resources, Missing missing) const {
  Names names = base_;
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
