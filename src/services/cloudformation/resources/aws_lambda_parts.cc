// AWS::Lambda::Version, Alias, Permission, LayerVersion and EventInvokeConfig.

#include <fmt/format.h>

#include "base/task/executor.h"
#include "services/cloudformation/resources/handlers.h"
#include "services/cloudformation/template/text.h"

namespace haneul::cloudformation {

namespace {

// "arn:...:7" -> ("arn:...", "7")
std::pair<std::string, std::string> split_last(const std::string& arn) {
  const size_t colon = arn.rfind(':');
  if (colon == std::string::npos) return {arn, {}};
  return {arn.substr(0, colon), arn.substr(colon + 1)};
}

ResourceState unchanged(const ResourceContext& context) {
  return {.physical_id = context.physical_id, .attributes = context.attributes};
}

constexpr int kReadyPolls = 9'000;
constexpr Milliseconds kReadyPoll{100};

PropertySpec provisioned_property() {
  return object("ProvisionedConcurrencyConfig", {scalar("ProvisionedConcurrentExecutions").required()});
}

// Sets, changes or takes away the provisioned concurrency of a version or an alias, and waits until its
// environments are there.
Task<void> settle_provisioned(const ResourceContext& context, std::string function, std::string qualifier) {
  Document target =
      Document::Object{{"FunctionName", std::move(function)}, {"Qualifier", std::move(qualifier)}};
  const Document* wanted = context.property("ProvisionedConcurrencyConfig");
  if (wanted == nullptr) {
    if (context.old_property("ProvisionedConcurrencyConfig") != nullptr)
      co_await context.call("lambda", "DeleteProvisionedConcurrencyConfig", std::move(target));
    co_return;
  }
  Document input = target;
  input.set("ProvisionedConcurrentExecutions", *wanted->find("ProvisionedConcurrentExecutions"));
  co_await context.call("lambda", "PutProvisionedConcurrencyConfig", std::move(input));
  for (int poll = 0; poll < kReadyPolls; ++poll) {
    const Document now = co_await context.call("lambda", "GetProvisionedConcurrencyConfig", target);
    const std::string status = now.string_or("Status", "");
    if (status == "READY") co_return;
    if (status == "FAILED") {
      fail_template("Provisioned Concurrency configuration failed to be applied. Reason: " +
                    now.string_or("StatusReason", ""));
    }
    co_await sleep_for(kReadyPoll);
  }
  fail_template("Provisioned Concurrency did not become ready in time.");
}

Task<void> wait_until_active(const ResourceContext& context, std::string function, std::string version) {
  const Document target =
      Document::Object{{"FunctionName", std::move(function)}, {"Qualifier", std::move(version)}};
  for (int poll = 0; poll < kReadyPolls; ++poll) {
    const Document now = co_await context.call("lambda", "GetFunctionConfiguration", target);
    const std::string state = now.string_or("State", "Active");
    if (state == "Failed")
      fail_template(now.string_or("StateReason", "The version failed to become active."));
    if (state != "Pending") co_return;
    co_await sleep_for(kReadyPoll);
  }
  fail_template("The version did not become active in time.");
}

class VersionHandler final : public ResourceHandler {
 public:
  const ResourceType& type() const override {
    static const ResourceType kType = {
        .name = "AWS::Lambda::Version",
        .properties = {scalar("FunctionName").required().replaces(), scalar("CodeSha256").replaces(),
                       scalar("Description").replaces(), provisioned_property().replaces()},
        .attributes = {"FunctionArn", "Version"},
        .naming = {.source = NameRule::Source::kByService}};
    return kType;
  }
  // Publishing again what has not changed gives the version there is, so a second attempt needs no care.
  Task<ResourceState> create(const ResourceContext& context) const override {
    Document input = pick(context.properties, {"FunctionName", "CodeSha256", "Description"});
    const Document made = co_await context.call("lambda", "PublishVersion", std::move(input));
    const std::string arn = made.string_or("FunctionArn", "");
    context.made(arn);
    co_await wait_until_active(context, made.string_or("FunctionName", ""), made.string_or("Version", ""));
    co_await settle_provisioned(context, made.string_or("FunctionName", ""), made.string_or("Version", ""));
    co_return ResourceState{
        .physical_id = arn,
        .attributes = Document::Object{{"FunctionArn", arn}, {"Version", made.string_or("Version", "")}}};
  }
  Task<ResourceState> update(const ResourceContext& context) const override { co_return unchanged(context); }
  Task<void> remove(const ResourceContext& context) const override {
    auto [function, version] = split_last(context.physical_id);
    Document input = Document::Object{{"FunctionName", function}, {"Qualifier", version}};
    co_await context.try_call("lambda", "DeleteFunction", std::move(input), {"ResourceNotFoundException"});
  }
};

class AliasHandler final : public ResourceHandler {
 public:
  const ResourceType& type() const override {
    static const ResourceType kType = {
        .name = "AWS::Lambda::Alias",
        .properties = {scalar("FunctionName").required().replaces(), scalar("Name").required().replaces(),
                       scalar("FunctionVersion").required(), scalar("Description"), provisioned_property(),
                       object("RoutingConfig",
                              {objects("AdditionalVersionWeights", {scalar("FunctionVersion").required(),
                                                                    scalar("FunctionWeight").required()})})},
        .attributes = {"AliasArn"},
        .naming = {.source = NameRule::Source::kByService}};
    return kType;
  }
  Task<ResourceState> create(const ResourceContext& context) const override {
    Document made;
    Document input = body(context);
    if (context.attempt == Attempt::kAgain) {
      // An alias tells no time of creation. One that points to another version is not what we asked for.
      const bool is_there = co_await context.try_call("lambda", "GetAlias", of_alias(context),
                                                      {"ResourceNotFoundException"}, &made);
      if (is_there && made.string_or("FunctionVersion", "") == context.text("FunctionVersion")) {
        co_return co_await provisioned(context, state(made));
      }
    }
    made = co_await context.call("lambda", "CreateAlias", std::move(input));
    co_return co_await provisioned(context, state(made));
  }
  Task<ResourceState> update(const ResourceContext& context) const override {
    Document input = body(context);
    if (context.property("Description") == nullptr) input.set("Description", "");
    if (context.property("RoutingConfig") == nullptr) {
      input.set("RoutingConfig", Document::Object{{"AdditionalVersionWeights", Document::object()}});
    }
    const Document made = co_await context.call("lambda", "UpdateAlias", std::move(input));
    co_return co_await provisioned(context, state(made));
  }
  Task<void> remove(const ResourceContext& context) const override {
    co_await context.try_call("lambda", "DeleteAlias", of_alias(context), {"ResourceNotFoundException"});
  }

 private:
  static ResourceState state(const Document& made) {
    const std::string arn = made.string_or("AliasArn", "");
    return {.physical_id = arn, .attributes = Document::Object{{"AliasArn", arn}}};
  }
  static Task<ResourceState> provisioned(const ResourceContext& context, ResourceState made) {
    context.made(made.physical_id);
    co_await settle_provisioned(context, context.text("FunctionName"), context.text("Name"));
    co_return made;
  }
  static Document of_alias(const ResourceContext& context) {
    return pick(context.properties, {"FunctionName", "Name"});
  }
  static Document body(const ResourceContext& context) {
    Document input = pick(context.properties, {"FunctionName", "Name", "FunctionVersion", "Description"});
    const Document* routing = context.property("RoutingConfig");
    const Document* weights = routing == nullptr ? nullptr : routing->find("AdditionalVersionWeights");
    if (weights == nullptr) return input;
    Document map = Document::object();
    for (const Document& weight : weights->as_array()) {
      map.set(scalar_text(*weight.find("FunctionVersion")), *weight.find("FunctionWeight"));
    }
    input.set("RoutingConfig", Document::Object{{"AdditionalVersionWeights", std::move(map)}});
    return input;
  }
};

class PermissionHandler final : public ResourceHandler {
 public:
  const ResourceType& type() const override {
    static const ResourceType kType = {
        .name = "AWS::Lambda::Permission",
        .properties = {scalar("Action").required().replaces(), scalar("FunctionName").required().replaces(),
                       scalar("Principal").required().replaces(), scalar("SourceAccount").replaces(),
                       scalar("SourceArn").replaces(), scalar("EventSourceToken").replaces(),
                       scalar("FunctionUrlAuthType").replaces(), scalar("InvokedViaFunctionUrl").replaces(),
                       scalar("PrincipalOrgID").replaces()},
        .naming = {.length_max = 100}};
    return kType;
  }
  Task<ResourceState> create(const ResourceContext& context) const override {
    Document input = pick(context.properties, {"Action", "FunctionName", "Principal", "SourceAccount",
                                               "SourceArn", "EventSourceToken", "FunctionUrlAuthType",
                                               "InvokedViaFunctionUrl", "PrincipalOrgID"});
    input.set("StatementId", context.physical_id);
    if (context.attempt == Attempt::kFirst) {
      co_await context.call("lambda", "AddPermission", std::move(input));
    } else {
      // The statement's id is random and ours alone.
      co_await context.try_call("lambda", "AddPermission", std::move(input), {"ResourceConflictException"});
    }
    co_return ResourceState{.physical_id = context.physical_id};
  }
  Task<ResourceState> update(const ResourceContext& context) const override { co_return unchanged(context); }
  Task<void> remove(const ResourceContext& context) const override {
    Document input = Document::Object{{"FunctionName", context.text("FunctionName")},
                                      {"StatementId", context.physical_id}};
    co_await context.try_call("lambda", "RemovePermission", std::move(input), {"ResourceNotFoundException"});
  }
};

class LayerVersionHandler final : public ResourceHandler {
 public:
  const ResourceType& type() const override {
    static const ResourceType kType = {
        .name = "AWS::Lambda::LayerVersion",
        .properties = {object("Content", {scalar("S3Bucket").required(), scalar("S3Key").required(),
                                          scalar("S3ObjectVersion")})
                           .required()
                           .replaces(),
                       scalar("LayerName").replaces(), scalar("Description").replaces(),
                       scalar("LicenseInfo").replaces(), scalars("CompatibleRuntimes").replaces(),
                       scalars("CompatibleArchitectures").replaces()},
        .attributes = {"LayerVersionArn"},
        .naming = {.source = NameRule::Source::kByService}};
    return kType;
  }
  Task<ResourceState> create(const ResourceContext& context) const override {
    Document input = pick(context.properties, {"Content", "Description", "LicenseInfo", "CompatibleRuntimes",
                                               "CompatibleArchitectures"});
    const std::string name =
        context.text("LayerName").empty() ? context.logical_id : context.text("LayerName");
    input.set("LayerName", name);
    if (context.attempt == Attempt::kAgain) {
      Document query = Document::Object{{"LayerName", name}};
      const Document listed = co_await context.call("lambda", "ListLayerVersions", std::move(query));
      const Document* versions = listed.find("LayerVersions");
      if (versions != nullptr && versions->is_array() && !versions->as_array().empty()) {
        const Document& newest = versions->as_array().front();
        if (is_ours(context, newest.find("CreatedDate"))) co_return state(newest);
      }
    }
    const Document made = co_await context.call("lambda", "PublishLayerVersion", std::move(input));
    co_return state(made);
  }
  Task<ResourceState> update(const ResourceContext& context) const override { co_return unchanged(context); }
  Task<void> remove(const ResourceContext& context) const override {
    auto [layer, version] = split_last(context.physical_id);
    Document input = Document::Object{{"LayerName", layer}, {"VersionNumber", version}};
    co_await context.try_call("lambda", "DeleteLayerVersion", std::move(input),
                              {"ResourceNotFoundException"});
  }

 private:
  static ResourceState state(const Document& made) {
    const std::string arn = made.string_or("LayerVersionArn", "");
    return {.physical_id = arn, .attributes = Document::Object{{"LayerVersionArn", arn}}};
  }
};

class EventInvokeConfigHandler final : public ResourceHandler {
 public:
  const ResourceType& type() const override {
    const PropertySpec destination = object("OnFailure", {scalar("Destination").required()});
    static const ResourceType kType = {
        .name = "AWS::Lambda::EventInvokeConfig",
        .properties = {scalar("FunctionName").required().replaces(),
                       scalar("Qualifier").required().replaces(), scalar("MaximumEventAgeInSeconds"),
                       scalar("MaximumRetryAttempts"),
                       object("DestinationConfig",
                              {destination, object("OnSuccess", {scalar("Destination").required()})})},
        .naming = {.length_max = 200}};
    return kType;
  }
  Task<ResourceState> create(const ResourceContext& context) const override {
    if (context.attempt == Attempt::kFirst) co_await require_none(context);
    co_return co_await put(context);
  }
  Task<ResourceState> update(const ResourceContext& context) const override {
    co_return co_await put(context);
  }
  Task<void> remove(const ResourceContext& context) const override {
    co_await context.try_call("lambda", "DeleteFunctionEventInvokeConfig",
                              pick(context.properties, {"FunctionName", "Qualifier"}),
                              {"ResourceNotFoundException"});
  }

 private:
  // A configuration that is there belongs to somebody else: taken over, it would go with the stack.
  static Task<void> require_none(const ResourceContext& context) {
    const bool is_there = co_await context.try_call("lambda", "GetFunctionEventInvokeConfig",
                                                    pick(context.properties, {"FunctionName", "Qualifier"}),
                                                    {"ResourceNotFoundException", "AccessDeniedException"});
    if (!is_there) co_return;
    fail_template(fmt::format("The function {} already has an EventInvokeConfig for {}.",
                              context.text("FunctionName"), context.text("Qualifier")));
  }
  static Task<ResourceState> put(const ResourceContext& context) {
    Document input = pick(context.properties, {"FunctionName", "Qualifier", "MaximumEventAgeInSeconds",
                                               "MaximumRetryAttempts", "DestinationConfig"});
    co_await context.call("lambda", "PutFunctionEventInvokeConfig", std::move(input));
    co_return ResourceState{.physical_id = context.physical_id};
  }
};

}  // namespace

const ResourceHandler& lambda_version_handler() {
  static const VersionHandler kHandler;
  return kHandler;
}
const ResourceHandler& lambda_alias_handler() {
  static const AliasHandler kHandler;
  return kHandler;
}
const ResourceHandler& lambda_permission_handler() {
  static const PermissionHandler kHandler;
  return kHandler;
}
const ResourceHandler& lambda_layer_version_handler() {
  static const LayerVersionHandler kHandler;
  return kHandler;
}
const ResourceHandler& lambda_event_invoke_config_handler() {
  static const EventInvokeConfigHandler kHandler;
  return kHandler;
}

}  // namespace haneul::cloudformation
