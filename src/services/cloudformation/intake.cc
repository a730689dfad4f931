#include "services/cloudformation/intake.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"
#include "gen/cloudformation/errors.h"
#include "services/cloudformation/limits.h"
#include "services/cloudformation/resources/resource_handler.h"
#include "services/cloudformation/sam/transform.h"
#include "services/cloudformation/template/text.h"

namespace haneul::cloudformation {

namespace {

// What cannot be resolved whatever the values: functions there are not, and dynamic references.
void check_functions(const Document& value) {
  static const std::set<std::string, std::less<>> kKnown = {
      "Fn::GetAtt", "Fn::If",     "Fn::FindInMap",   "Fn::ImportValue", "Fn::Sub",
      "Fn::Join",   "Fn::Split",  "Fn::Select",      "Fn::Base64",      "Fn::Cidr",
      "Fn::GetAZs", "Fn::Length", "Fn::ToJsonString"};
  if (value.is_string() && value.as_string().find("{{resolve:") != std::string::npos) {
    fail_template("Template error: dynamic references ({{resolve:...}}) are not supported by Haneul.");
  }
  if (value.is_array()) {
    for (const Document& item : value.as_array()) check_functions(item);
  }
  if (!value.is_object()) return;
  for (const auto& [name, member] : value.as_object()) {
    if (name.starts_with("Fn::") && !kKnown.contains(name)) {
      fail_template(fmt::format("Template error: {} is not supported by Haneul.", name));
    }
    check_functions(member);
  }
}

void check_types(const Template& tmpl) {
  std::set<std::string> unknown;
  for (const ResourceSpec& resource : tmpl.resources) {
    if (find_handler(resource.type) != nullptr) continue;
    if (const auto reason = reason_of_refusal(resource.type); !reason.empty()) {
      fail_template(fmt::format("Template format error: [/Resources/{}] {} is not supported by Haneul: {}.",
                                resource.logical_id, resource.type, reason));
    }
    unknown.insert(resource.type);
  }
  if (unknown.empty()) return;
  fail_template(fmt::format("Template format error: Unrecognized resource types: [{}]",
                            join({unknown.begin(), unknown.end()}, ", ")));
}

void check_attributes(const Template& tmpl, const Document& value) {
  References found;
  collect_references(value, found);
  for (const auto& [name, attribute] : found.attributes) {
    const ResourceType& type = find_handler(tmpl.find_resource(name)->type)->type();
    const bool is_known =
        attribute.empty() || std::ranges::find(type.attributes, attribute) != type.attributes.end();
    if (is_known) continue;
    fail_template(fmt::format("Template error: resource {} does not support attribute type {} in Fn::GetAtt",
                              name, attribute));
  }
}

void check_template(const Template& tmpl) {
  check_types(tmpl);
  check_references(tmpl);
  find_dependencies(tmpl);
  for (const ResourceSpec& resource : tmpl.resources) {
    check_functions(resource.properties);
    check_attributes(tmpl, resource.properties);
    const std::string where = fmt::format("[/Resources/{}] ", resource.logical_id);
    check_properties(find_handler(resource.type)->type(), resource.properties, Stage::kUnresolved, where);
  }
  for (const OutputSpec& output : tmpl.outputs) {
    check_functions(output.value);
    check_attributes(tmpl, output.value);
  }
}

// Everything is evaluated once, with what is known before the first resource exists, so that a fault in a
// condition, a mapping or a function's arguments is known now.
void check_values(const Evaluation& evaluation) {
  evaluation.require_present();
  const ResourceMap none;
  Names names = evaluation.names(none, Evaluation::Missing::kIsUnknown);
  names.import = [](const std::string&) { return std::string(kKnownAfterApply); };
  size_t bytes = 0;
  const auto resolve = [&](const Document& value) {
    Resolver resolver(names);
    auto resolved = resolver.resolve(value);
    bytes += resolver.bytes();
    if (bytes > kStackResolvedBytesMax) fail_template("Template error: the resolved values are too large.");
    return resolved;
  };
  for (const ResourceSpec& resource : evaluation.tmpl().resources) {
    if (evaluation.has_resource(resource.logical_id)) resolve(resource.properties);
  }
  for (const OutputSpec& output : evaluation.tmpl().outputs) {
    if (!evaluation.has_condition(output.condition)) continue;
    require_output_text(resolve(output.value));
    if (output.export_name.is_null()) continue;
    const std::string name = Resolver(names).require_text(output.export_name, "Export Name");
    if (name.find(kKnownAfterApply) == std::string::npos) require_export_name(output.name, name);
  }
}

struct Needed {
  std::vector<std::string> capabilities;
  std::string reason;
};

Needed needed_capabilities(const Template& tmpl) {
  std::set<std::string> types;
  bool is_named = false;
  for (const ResourceSpec& resource : tmpl.resources) {
    const ResourceHandler* handler = find_handler(resource.type);
    if (handler == nullptr || handler->type().capability != ResourceType::Capability::kIam) continue;
    types.insert(resource.type);
    const std::string_view property = handler->type().naming.property;
    is_named = is_named || (!property.empty() && resource.properties.find(property) != nullptr);
  }
  if (types.empty()) return {};
  return {{is_named ? "CAPABILITY_NAMED_IAM" : "CAPABILITY_IAM"},
          fmt::format("The following resource(s) require capabilities: [{}]",
                      join({types.begin(), types.end()}, ", "))};
}

bool holds(const std::vector<std::string>& list, std::string_view item) {
  return std::ranges::find(list, item) != list.end();
}

void require_capabilities(const Template& tmpl, const std::vector<std::string>& transforms,
                          const SpecRequest& request) {
  std::vector<std::string> missing;
  for (const std::string& capability : needed_capabilities(tmpl).capabilities) {
    const bool is_given =
        holds(request.capabilities, capability) ||
        (capability == "CAPABILITY_IAM" && holds(request.capabilities, "CAPABILITY_NAMED_IAM"));
    if (!is_given) missing.push_back(capability);
  }
  const bool needs_expansion =
      !transforms.empty() && request.transforms == SpecRequest::Transforms::kNeedCapability;
  if (needs_expansion && !holds(request.capabilities, "CAPABILITY_AUTO_EXPAND")) {
    missing.emplace_back("CAPABILITY_AUTO_EXPAND");
  }
  if (missing.empty()) return;
  throw InsufficientCapabilitiesException(fmt::format("Requires capabilities : [{}]", join(missing, ", ")));
}

void check_transforms(const std::vector<std::string>& transforms) {
  for (const std::string& name : transforms) {
    if (name == kServerlessTransform || name == kLanguageExtensions) continue;
    fail_template(fmt::format("No transform named {} found.", name));
  }
}

Document expand(const StackIdentity& identity, const Document& body, const ParameterTexts& parameters) {
  const auto transforms = declared_transforms(body);
  check_transforms(transforms);
  if (!holds(transforms, kServerlessTransform)) return body;
  return sam::transform(body, {.region = identity.place.region.str(), .parameters = parameters});
}

}  // namespace

Spec make_spec(const StackIdentity& identity, const SpecRequest& request) {
  const Document body = parse_template_text(request.text);
  Template declared;
  declared.parameters = read_parameters(body);
  Spec spec;
  spec.original = request.text;
  spec.parameters = settle_parameters(declared, request.given, request.previous);
  const Document processed = expand(identity, body, spec.parameters);
  const Template tmpl = read_template(processed);
  check_template(tmpl);
  require_capabilities(tmpl, declared_transforms(body), request);
  spec.processed = write_json(processed);
  spec.tags = request.tags;
  spec.capabilities = request.capabilities;
  spec.description = tmpl.description;
  for (const ParameterSpec& parameter : tmpl.parameters) {
    if (parameter.no_echo) spec.no_echo.push_back(parameter.name);
  }
  check_values(Evaluation(identity, spec));
  return spec;
}

TemplateFacts read_facts(const StackIdentity& identity, const std::string& text) {
  const Document body = parse_template_text(text);
  TemplateFacts facts;
  facts.transforms = declared_transforms(body);
  ParameterTexts defaults;
  for (const ParameterSpec& parameter : read_parameters(body)) {
    defaults[parameter.name] = parameter.default_value ? parameter.default_value->as_string() : "";
  }
  facts.tmpl = read_template(expand(identity, body, defaults));
  check_references(facts.tmpl);
  find_dependencies(facts.tmpl);
  const Needed needed = needed_capabilities(facts.tmpl);
  facts.capabilities = needed.capabilities;
  facts.capabilities_reason = needed.reason;
  if (!facts.transforms.empty()) facts.capabilities.emplace_back("CAPABILITY_AUTO_EXPAND");
  std::set<std::string> types;
  if (const Document* resources = body.find("Resources"); resources != nullptr && resources->is_object()) {
    for (const auto& [name, resource] : resources->as_object()) types.insert(resource.string_or("Type", ""));
  }
  facts.resource_types.assign(types.begin(), types.end());
  return facts;
}

}  // namespace haneul::cloudformation
