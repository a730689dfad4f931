#include "services/cloudformation/sam/transform.h"

#include <fmt/format.h>

#include "services/cloudformation/sam/parts.h"
#include "services/cloudformation/template/text.h"

namespace haneul::cloudformation::sam {

namespace {

// What each serverless type that is not translated would become.
std::string_view missing_service(std::string_view type) {
  if (type == "AWS::Serverless::Api" || type == "AWS::Serverless::HttpApi" ||
      type == "AWS::Serverless::WebSocketApi") {
    return "API Gateway";
  }
  if (type == "AWS::Serverless::StateMachine") return "Step Functions";
  if (type == "AWS::Serverless::GraphQLApi") return "AppSync";
  if (type == "AWS::Serverless::Application") return "nested stacks";
  if (type == "AWS::Serverless::Connector") return "connectors";
  return {};
}

Source source_of(const std::string& logical_id, const Document& body, const Document& globals) {
  Source source;
  source.logical_id = logical_id;
  const Document* properties = body.find("Properties");
  if (properties != nullptr && !properties->is_object()) fail_sam(logical_id, "'Properties' must be a map.");
  source.properties = merge_globals(globals, properties == nullptr ? Document::object() : *properties);
  source.attributes = Document::object();
  for (const auto& [name, value] : body.as_object()) {
    if (name != "Type" && name != "Properties") source.attributes.set(name, value);
  }
  if (source.attributes.find("Connectors") != nullptr) {
    fail_sam(logical_id, "Connectors are not supported by Haneul.");
  }
  return source;
}

Document globals_of(const Document& body, std::string_view section) {
  const Document* globals = body.find("Globals");
  if (globals == nullptr) return Document::object();
  const Document* found = globals->find(section);
  return found == nullptr ? Document::object() : *found;
}

void translate(const std::string& logical_id, const Document& resource_body, const Document& body,
               const Surroundings& surroundings, Target& target) {
  const std::string type = resource_body.string_or("Type", "");
  if (type == "AWS::Serverless::Function") {
    translate_function(source_of(logical_id, resource_body, globals_of(body, "Function")), surroundings,
                       target);
    return;
  }
  if (type == "AWS::Serverless::LayerVersion") {
    translate_layer(source_of(logical_id, resource_body, globals_of(body, "LayerVersion")), target);
    return;
  }
  if (type == "AWS::Serverless::SimpleTable") {
    translate_table(source_of(logical_id, resource_body, globals_of(body, "SimpleTable")), target);
    return;
  }
  const std::string_view missing = missing_service(type);
  if (!missing.empty()) {
    fail_sam(logical_id, fmt::format("{} needs {}, which Haneul does not support yet.", type, missing));
  }
  fail_sam(logical_id, fmt::format("{} is not a type that Haneul supports.", type));
}

}  // namespace

Document transform(const Document& body, const Surroundings& surroundings) {
  const Document* resources = body.find("Resources");
  if (resources == nullptr || !resources->is_object()) return body;
  if (const Document* globals = body.find("Globals")) check_globals(*globals);
  Target target;
  // Plain resources first: events change the buckets among them.
  for (const auto& [logical_id, resource_body] : resources->as_object()) {
    if (!resource_body.is_object()) {
      fail_template("Template format error: Any Resources member must be an object.");
    }
    const bool is_serverless = resource_body.string_or("Type", "").starts_with("AWS::Serverless::");
    if (!is_serverless) target.resources.set(logical_id, resource_body);
  }
  for (const auto& [logical_id, resource_body] : resources->as_object()) {
    if (!resource_body.string_or("Type", "").starts_with("AWS::Serverless::")) continue;
    translate(logical_id, resource_body, body, surroundings, target);
  }
  Document out = Document::object();
  for (const auto& [name, value] : body.as_object()) {
    if (name == "Transform" || name == "Globals") continue;
    out.set(name, name == "Resources" ? target.resources : value);
  }
  return rename_references(out, target);
}

}  // namespace haneul::cloudformation::sam
