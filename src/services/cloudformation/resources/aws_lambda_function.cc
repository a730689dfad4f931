// AWS::Lambda::Function.

#include <fmt/format.h>

#include "base/task/executor.h"
#include "services/cloudformation/resources/handlers.h"
#include "services/cloudformation/resources/inline_code.h"
#include "services/cloudformation/template/text.h"

namespace haneul::cloudformation {

namespace {

constexpr int kStatePolls = 600;
constexpr Milliseconds kStatePoll{100};

// Members that the service's configuration takes under the property's name.
constexpr std::initializer_list<std::string_view> kConfiguration = {
    "Runtime",       "Role",          "Handler",       "Description",      "Timeout",
    "MemorySize",    "Layers",        "Environment",   "DeadLetterConfig", "EphemeralStorage",
    "TracingConfig", "LoggingConfig", "DurableConfig", "SnapStart"};

// The pairing of an Environment with its Variables stays as it is: names are the user's own.
std::vector<PropertySpec> function_properties() {
  return {
      scalar("FunctionName").replaces(),
      object("Code", {scalar("S3Bucket"), scalar("S3Key"), scalar("S3ObjectVersion"), scalar("ZipFile")})
          .required(),
      scalar("PackageType").replaces(),
      scalar("Runtime"),
      scalar("Role").required(),
      scalar("Handler"),
      scalar("Description"),
      scalar("Timeout"),
      scalar("MemorySize"),
      scalars("Layers"),
      scalars("Architectures"),
      object("Environment", {map("Variables")}),
      object("DeadLetterConfig", {scalar("TargetArn")}),
      object("EphemeralStorage", {scalar("Size").required()}),
      object("TracingConfig", {scalar("Mode")}),
      object("LoggingConfig", {scalar("ApplicationLogLevel"), scalar("LogFormat"), scalar("LogGroup"),
                               scalar("SystemLogLevel")}),
      object("DurableConfig", {scalar("ExecutionTimeout").required(), scalar("RetentionPeriodInDays")}),
      object("SnapStart", {scalar("ApplyOn").required()}),
      scalar("ReservedConcurrentExecutions"),
      scalar("RecursiveLoop"),
      object("RuntimeManagementConfig", {scalar("UpdateRuntimeOn").required(), scalar("RuntimeVersionArn")}),
      tags(),
  };
}

// What taking a property away sets it back to; the update operation keeps what it is not given.
Document standard_of(std::string_view property) {
  if (property == "Description") return "";
  if (property == "Timeout") return 3;
  if (property == "MemorySize") return 128;
  if (property == "Layers") return Document::array();
  if (property == "Environment") return Document::Object{{"Variables", Document::object()}};
  if (property == "DeadLetterConfig") return Document::Object{{"TargetArn", ""}};
  if (property == "EphemeralStorage") return Document::Object{{"Size", 512}};
  if (property == "TracingConfig") return Document::Object{{"Mode", "PassThrough"}};
  if (property == "DurableConfig") return Document::object();  // which the service refuses
  if (property == "SnapStart") return Document::Object{{"ApplyOn", "None"}};
  if (property == "LoggingConfig") return Document::Object{{"LogFormat", "Text"}};
  return {};
}

class FunctionHandler final : public ResourceHandler {
 public:
  const ResourceType& type() const override {
    static const ResourceType kType = {.name = "AWS::Lambda::Function",
                                       .properties = function_properties(),
                                       .attributes = {"Arn"},
                                       .naming = {.property = "FunctionName", .length_max = 64}};
    return kType;
  }

  Task<ResourceState> create(const ResourceContext& context) const override {
    Document made;
    if (!co_await find_made(context, made)) {
      Document input = pick(context.properties, kConfiguration);
      input.set("FunctionName", context.physical_id);
      input.set("Code", code(context));
      for (const std::string_view name : {"Architectures", "PackageType"}) {
        if (const Document* value = context.property(name)) input.set(name, *value);
      }
      const auto tags = context.all_tags();
      if (!tags.empty()) input.set("Tags", tag_map(tags));
      made = co_await context.call("lambda", "CreateFunction", std::move(input));
    }
    context.made(context.physical_id);
    co_await wait_until_settled(context);
    if (context.property("ReservedConcurrentExecutions") != nullptr) co_await set_concurrency(context);
    if (context.property("RecursiveLoop") != nullptr) co_await set_recursion(context);
    if (context.property("RuntimeManagementConfig") != nullptr) co_await set_runtime_updates(context);
    co_return state(context, made.string_or("FunctionArn", ""));
  }

  Task<ResourceState> update(const ResourceContext& context) const override {
    if (context.changed("Code") || context.changed("Architectures")) {
      Document input = code(context);
      input.set("FunctionName", context.physical_id);
      if (const Document* architectures = context.property("Architectures")) {
        input.set("Architectures", *architectures);
      }
      co_await context.call("lambda", "UpdateFunctionCode", std::move(input));
      co_await wait_until_settled(context);
    }
    if (Document changes = changed_configuration(context); !changes.as_object().empty()) {
      changes.set("FunctionName", context.physical_id);
      co_await context.call("lambda", "UpdateFunctionConfiguration", std::move(changes));
      co_await wait_until_settled(context);
    }
    if (context.changed("ReservedConcurrentExecutions")) co_await set_concurrency(context);
    if (context.changed("RecursiveLoop")) co_await set_recursion(context);
    if (context.changed("RuntimeManagementConfig")) co_await set_runtime_updates(context);
    const std::string arn = context.attributes.string_or("Arn", "");
    co_await settle_tags(context, arn);
    co_return state(context, arn);
  }

  Task<void> remove(const ResourceContext& context) const override {
    co_await context.try_call("lambda", "DeleteFunction", of_function(context),
                              {"ResourceNotFoundException"});
  }

 private:
  static Document of_function(const ResourceContext& context) {
    return Document::Object{{"FunctionName", context.physical_id}};
  }

  static ResourceState state(const ResourceContext& context, std::string arn) {
    return {.physical_id = context.physical_id, .attributes = Document::Object{{"Arn", std::move(arn)}}};
  }

  static Document code(const ResourceContext& context) {
    const Document& given = *context.property("Code");
    const Document* text = given.find("ZipFile");
    if (text == nullptr) return given;
    Document out = Document::object();
    out.set("ZipFile", Blob{zip_inline_code(context.text("Runtime"), scalar_text(*text))});
    return out;
  }

  static Document changed_configuration(const ResourceContext& context) {
    Document out = Document::object();
    for (const std::string_view name : kConfiguration) {
      if (!context.changed(name)) continue;
      const Document* value = context.property(name);
      out.set(name, value != nullptr ? *value : standard_of(name));
    }
    return out;
  }

  // After a crash: whether the first attempt made the function.
  static Task<bool> find_made(const ResourceContext& context, Document& out) {
    if (context.attempt == Attempt::kFirst) co_return false;
    const bool is_there = co_await context.try_call(
        "lambda", "GetFunctionConfiguration", of_function(context), {"ResourceNotFoundException"}, &out);
    co_return is_there&& is_ours(context, out.find("LastModified"));
  }

  static Task<void> wait_until_settled(const ResourceContext& context) {
    for (int poll = 0; poll < kStatePolls; ++poll) {
      const Document now = co_await context.call("lambda", "GetFunctionConfiguration", of_function(context));
      const std::string state = now.string_or("State", "Active");
      const std::string last = now.string_or("LastUpdateStatus", "Successful");
      if (state == "Failed")
        fail_template(now.string_or("StateReason", "The function failed to become active."));
      if (last == "Failed") fail_template(now.string_or("LastUpdateStatusReason", "The update failed."));
      if (state != "Pending" && last != "InProgress") co_return;
      co_await sleep_for(kStatePoll);
    }
    fail_template("The function did not become active in time.");
  }

  static Task<void> set_concurrency(const ResourceContext& context) {
    const Document* value = context.property("ReservedConcurrentExecutions");
    Document input = of_function(context);
    if (value == nullptr) {
      co_await context.call("lambda", "DeleteFunctionConcurrency", std::move(input));
      co_return;
    }
    input.set("ReservedConcurrentExecutions", *value);
    co_await context.call("lambda", "PutFunctionConcurrency", std::move(input));
  }

  static Task<void> set_recursion(const ResourceContext& context) {
    const Document* value = context.property("RecursiveLoop");
    Document input = of_function(context);
    input.set("RecursiveLoop", value == nullptr ? Document("Terminate") : *value);
    co_await context.call("lambda", "PutFunctionRecursionConfig", std::move(input));
  }

  static Task<void> set_runtime_updates(const ResourceContext& context) {
    const Document* value = context.property("RuntimeManagementConfig");
    Document input = value == nullptr ? Document(Document::Object{{"UpdateRuntimeOn", "Auto"}}) : *value;
    input.set("FunctionName", context.physical_id);
    co_await context.call("lambda", "PutRuntimeManagementConfig", std::move(input));
  }

  static Task<void> settle_tags(const ResourceContext& context, const std::string& arn) {
    const auto before = context.old_tags();
    const auto after = context.all_tags();
    if (before == after) co_return;
    if (Document dropped = dropped_tags(before, after); !dropped.as_array().empty()) {
      Document input = Document::Object{{"Resource", arn}, {"TagKeys", std::move(dropped)}};
      co_await context.call("lambda", "UntagResource", std::move(input));
    }
    if (after.empty()) co_return;
    Document input = Document::Object{{"Resource", arn}, {"Tags", tag_map(after)}};
    co_await context.call("lambda", "TagResource", std::move(input));
  }
};

}  // namespace

const ResourceHandler& lambda_function_handler() {
  static const FunctionHandler kHandler;
  return kHandler;
}

}  // namespace haneul::cloudformation
