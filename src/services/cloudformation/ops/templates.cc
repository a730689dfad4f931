// GetTemplate, GetTemplateSummary and ValidateTemplate.

#include <algorithm>

#include "base/json.h"
#include "gen/cloudformation/errors.h"
#include "services/cloudformation/ops/common.h"
#include "services/cloudformation/service.h"
#include "services/cloudformation/template/text.h"

namespace haneul::cloudformation {

namespace {

StackIdentity identity_of(const platform::Request& request) {
  return {.place = place_of(request), .name = "stack", .id = ""};
}

}  // namespace

GetTemplateOutput CloudFormation::get_template(const Request& request, const GetTemplateInput& input) {
  const Place place = place_of(request);
  if (!input.stack_name && !input.change_set_name) {
    fail_template("Either stack name or change set name must be specified.");
  }
  return parts_.db.read([&](store::ReadTx& tx) {
    Spec spec;
    const std::string change_set = input.change_set_name.value_or("");
    if (!change_set.empty()) {
      spec = require_change_set(tx, place, input.stack_name, change_set).second.spec;
    } else {
      const StackRecord stack = require_stack(tx, place, *input.stack_name);
      spec = load_spec(tx, place, stack.uuid).value_or(Spec{});
    }
    GetTemplateOutput output;
    const bool is_processed = input.template_stage.value_or("Original") == "Processed";
    output.template_body = is_processed ? spec.processed : spec.original;
    output.stages_available = std::vector<std::string>{"Original", "Processed"};
    return output;
  });
}

Task<ValidateTemplateOutput> CloudFormation::validate_template(const Request& request,
                                                               const ValidateTemplateInput& input,
                                                               Exchange&) {
  const std::string text = co_await read_source(parts_.dispatcher, request,
                                                {.body = input.template_body, .url = input.template_url});
  const TemplateFacts facts = read_facts(identity_of(request), text);
  ValidateTemplateOutput output;
  output.parameters.emplace();
  for (const ParameterSpec& parameter : facts.tmpl.parameters) {
    TemplateParameter shape;
    shape.parameter_key = parameter.name;
    if (parameter.default_value) shape.default_value = parameter.default_value->as_string();
    shape.no_echo = parameter.no_echo;
    shape.description = text_or_nothing(parameter.description);
    output.parameters->push_back(std::move(shape));
  }
  output.description = text_or_nothing(facts.tmpl.description);
  output.capabilities = list_or_nothing(facts.capabilities);
  output.capabilities_reason = text_or_nothing(facts.capabilities_reason);
  output.declared_transforms = list_or_nothing(facts.transforms);
  co_return output;
}

Task<GetTemplateSummaryOutput> CloudFormation::get_template_summary(const Request& request,
                                                                    const GetTemplateSummaryInput& input,
                                                                    Exchange&) {
  refuse(input.stack_set_name, "StackSetName");
  refuse(input.call_as, "CallAs");
  refuse(input.template_summary_config, "TemplateSummaryConfig");
  std::string text;
  if (input.stack_name) {
    const Place place = place_of(request);
    text = parts_.db.read([&](store::ReadTx& tx) {
      const StackRecord stack = require_stack(tx, place, *input.stack_name);
      return load_spec(tx, place, stack.uuid).value_or(Spec{}).original;
    });
  } else {
    text = co_await read_source(parts_.dispatcher, request,
                                {.body = input.template_body, .url = input.template_url});
  }
  const TemplateFacts facts = read_facts(identity_of(request), text);
  GetTemplateSummaryOutput output;
  output.parameters.emplace();
  for (const ParameterSpec& parameter : facts.tmpl.parameters) {
    ParameterDeclaration shape;
    shape.parameter_key = parameter.name;
    if (parameter.default_value) shape.default_value = parameter.default_value->as_string();
    shape.parameter_type = parameter.type;
    shape.no_echo = parameter.no_echo;
    shape.description = text_or_nothing(parameter.description);
    if (!parameter.allowed_values.empty()) {
      shape.parameter_constraints = ParameterConstraints{.allowed_values = parameter.allowed_values};
    }
    output.parameters->push_back(std::move(shape));
  }
  output.description = text_or_nothing(facts.tmpl.description);
  output.capabilities = list_or_nothing(facts.capabilities);
  output.capabilities_reason = text_or_nothing(facts.capabilities_reason);
  output.resource_types = facts.resource_types;
  output.version = text_or_nothing(facts.tmpl.version);
  if (!facts.tmpl.metadata.is_null()) output.metadata = write_json(facts.tmpl.metadata);
  output.declared_transforms = list_or_nothing(facts.transforms);
  co_return output;
}

}  // namespace haneul::cloudformation
