// AWS::Serverless::Function becomes AWS::Lambda::Function and, as its properties ask, a role, a version and
// an alias, an event invoke configuration, permissions and notifications.

#include <fmt/format.h>

#include "services/cloudformation/sam/parts.h"
#include "services/cloudformation/template/text.h"

namespace haneul::cloudformation::sam {

namespace {

const std::vector<std::string_view> kProperties = {"FunctionName",
                                                   "Handler",
                                                   "Runtime",
                                                   "CodeUri",
                                                   "InlineCode",
                                                   "Description",
                                                   "MemorySize",
                                                   "Timeout",
                                                   "Role",
                                                   "Policies",
                                                   "Environment",
                                                   "Events",
                                                   "Tags",
                                                   "Tracing",
                                                   "DeadLetterQueue",
                                                   "Layers",
                                                   "AutoPublishAlias",
                                                   "VersionDescription",
                                                   "ReservedConcurrentExecutions",
                                                   "EventInvokeConfig",
                                                   "Architectures",
                                                   "EphemeralStorage",
                                                   "LoggingConfig",
                                                   "PermissionsBoundary",
                                                   "RolePath",
                                                   "AssumeRolePolicyDocument",
                                                   "PropagateTags",
                                                   "AutoPublishCodeSha256",
                                                   "PackageType",
                                                   "FunctionUrlConfig",
                                                   "ProvisionedConcurrencyConfig",
                                                   "RecursiveLoop",
                                                   "DurableConfig",
                                                   "SnapStart",
                                                   "RuntimeManagementConfig"};

Document code_of(const Source& source) {
  if (const Document* text = source.properties.find("InlineCode")) {
    return Document::Object{{"ZipFile", *text}};
  }
  const Document* uri = source.properties.find("CodeUri");
  if (uri == nullptr) fail_sam(source.logical_id, "Missing required property 'CodeUri'.");
  return code_location(source, "CodeUri", *uri);
}

Document function_properties(const Source& source, std::vector<Document>& statements) {
  Document out = Document::Object{{"Code", code_of(source)}};
  for (const std::string_view name :
       {"FunctionName", "Handler", "Runtime", "Description", "MemorySize", "Timeout", "Environment", "Layers",
        "ReservedConcurrentExecutions", "Architectures", "EphemeralStorage", "LoggingConfig", "PackageType",
        "RecursiveLoop", "RuntimeManagementConfig", "DurableConfig", "SnapStart"}) {
    if (const Document* value = source.properties.find(name)) out.set(name, *value);
  }
  if (const Document* mode = source.properties.find("Tracing")) {
    if (scalar_text(*mode) != "Disabled") out.set("TracingConfig", Document::Object{{"Mode", *mode}});
  }
  if (const Document* queue = source.properties.find("DeadLetterQueue")) {
    const std::string type = queue->string_or("Type", "");
    const Document* arn = queue->find("TargetArn");
    if (arn == nullptr || (type != "SQS" && type != "SNS")) {
      fail_sam(source.logical_id,
               "'DeadLetterQueue' requires Type (SQS or SNS) and TargetArn properties to be "
               "specified.");
    }
    out.set("DeadLetterConfig", Document::Object{{"TargetArn", *arn}});
    statements.push_back(Document::Object{{"Effect", "Allow"},
                                          {"Action", type == "SQS" ? "sqs:SendMessage" : "sns:Publish"},
                                          {"Resource", *arn}});
  }
  const Document* tags = source.properties.find("Tags");
  out.set("Tags", tag_list(source, tags));
  return out;
}

// The alias's name: a literal, or a parameter's value.
std::string alias_name(const Source& source, const Surroundings& surroundings) {
  const Document* alias = source.properties.find("AutoPublishAlias");
  if (alias == nullptr) return {};
  if (alias->is_string()) return alias->as_string();
  const auto function = as_intrinsic(*alias);
  if (function && function->name == "Ref" && function->argument->is_string()) {
    const auto value = surroundings.parameters.find(function->argument->as_string());
    if (value != surroundings.parameters.end()) return value->second;
  }
  fail_sam(source.logical_id, "'AutoPublishAlias' must be a string or a Ref to a template parameter");
}

void publish(const Source& source, const std::string& alias, const Document& function, Target& target) {
  const Document* given = source.properties.find("AutoPublishCodeSha256");
  const Document& code = given != nullptr ? *given : *function.find("Code");
  const std::string version_id = source.logical_id + "Version" + short_hash(code);
  Document version = Document::Object{{"FunctionName", make_ref(source.logical_id)}};
  if (const Document* text = source.properties.find("VersionDescription")) version.set("Description", *text);
  Document made_version = resource("AWS::Lambda::Version", std::move(version));
  made_version.set("DeletionPolicy", "Retain");
  copy_condition(source, made_version);
  const std::string alias_id = source.logical_id + "Alias" + alias;
  Document properties = Document::Object{{"FunctionName", make_ref(source.logical_id)},
                                         {"FunctionVersion", get_att(version_id, "Version")},
                                         {"Name", alias}};
  if (const Document* provisioned = source.properties.find("ProvisionedConcurrencyConfig"))
    properties.set("ProvisionedConcurrencyConfig", *provisioned);
  Document made_alias = resource("AWS::Lambda::Alias", std::move(properties));
  copy_condition(source, made_alias);
  target.resources.set(version_id, std::move(made_version));
  target.resources.set(alias_id, std::move(made_alias));
  target.qualified[source.logical_id + ".Version"] = version_id;
  target.qualified[source.logical_id + ".Alias"] = alias_id;
}

Document destination_of(const Source& source, const Document& given, std::vector<Document>& statements) {
  const Document* arn = given.find("Destination");
  const std::string type = given.string_or("Type", "");
  if (arn == nullptr) fail_sam(source.logical_id, "EventInvokeConfig destinations need a Destination.");
  std::string_view action;
  if (type == "SQS") action = "sqs:SendMessage";
  if (type == "SNS") action = "sns:Publish";
  if (type == "Lambda") action = "lambda:InvokeFunction";
  if (type == "EventBridge") action = "events:PutEvents";
  if (type == "S3Bucket") action = "s3:PutObject";
  if (action.empty()) fail_sam(source.logical_id, "'Type: " + type + "' is not a destination's type.");
  Document resource = *arn;
  if (type == "S3Bucket") {
    resource = Document::Object{{"Fn::Join", Document::Array{"", Document::Array{*arn, "/*"}}}};
  }
  statements.push_back(
      Document::Object{{"Effect", "Allow"}, {"Action", action}, {"Resource", std::move(resource)}});
  return Document::Object{{"Destination", *arn}};
}

void configure_invoke(const Source& source, const std::string& alias, std::vector<Document>& statements,
                      Target& target) {
  const Document* given = source.properties.find("EventInvokeConfig");
  if (given == nullptr) return;
  Document properties = Document::Object{{"FunctionName", make_ref(source.logical_id)},
                                         {"Qualifier", alias.empty() ? "$LATEST" : alias}};
  for (const std::string_view name : {"MaximumEventAgeInSeconds", "MaximumRetryAttempts"}) {
    if (const Document* value = given->find(name)) properties.set(name, *value);
  }
  if (const Document* destinations = given->find("DestinationConfig")) {
    Document config = Document::object();
    for (const std::string_view when : {"OnSuccess", "OnFailure"}) {
      const Document* one = destinations->find(when);
      if (one != nullptr) config.set(when, destination_of(source, *one, statements));
    }
    properties.set("DestinationConfig", std::move(config));
  }
  Document made = resource("AWS::Lambda::EventInvokeConfig", std::move(properties));
  if (!alias.empty()) made.set("DependsOn", source.logical_id + "Alias" + alias);
  copy_condition(source, made);
  target.resources.set(source.logical_id + "EventInvokeConfig", std::move(made));
}

}  // namespace

void translate_function(const Source& source, const Surroundings& surroundings, Target& target) {
  require_known(source, kProperties);
  std::vector<Document> statements;
  Document properties = function_properties(source, statements);
  const std::string alias = alias_name(source, surroundings);
  if (!alias.empty() && !is_alphanumeric(alias)) {
    fail_sam(source.logical_id,
             "AutoPublishAlias name ('" + alias + "') must contain only alphanumeric characters");
  }
  if (alias.empty() && source.properties.find("ProvisionedConcurrencyConfig") != nullptr) {
    fail_sam(source.logical_id,
             "To set ProvisionedConcurrencyConfig AutoPublishALias must be defined on the function");
  }
  configure_invoke(source, alias, statements, target);
  for (Document& statement : event_source_statements(source)) statements.push_back(std::move(statement));
  if (const Document* role = source.properties.find("Role")) {
    properties.set("Role", *role);
  } else {
    const std::string role_id = source.logical_id + "Role";
    Document made = make_role(source, statements);
    copy_condition(source, made);
    target.resources.set(role_id, std::move(made));
    properties.set("Role", get_att(role_id, "Arn"));
  }
  Document made = resource("AWS::Lambda::Function", properties);
  copy_attributes(source, made);
  target.resources.set(source.logical_id, std::move(made));
  if (!alias.empty()) publish(source, alias, properties, target);
  const Document alias_id = alias.empty() ? Document() : Document(source.logical_id + "Alias" + alias);
  translate_url(source, alias_id, target);
  translate_events(source, alias_id, target);
}

}  // namespace haneul::cloudformation::sam
