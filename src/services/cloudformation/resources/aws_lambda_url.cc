// AWS::Lambda::Url. The physical id is the ARN of the function or alias, as on AWS: each has one URL.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-url.html
#include "services/cloudformation/resources/handlers.h"

namespace haneul::cloudformation {

namespace {

class UrlHandler final : public ResourceHandler {
 public:
  const ResourceType& type() const override {
    static const ResourceType kType = {
        .name = "AWS::Lambda::Url",
        .properties = {scalar("TargetFunctionArn").required().replaces(), scalar("Qualifier").replaces(),
                       scalar("AuthType").required(), scalar("InvokeMode"),
                       object("Cors",
                              {scalar("AllowCredentials"), scalars("AllowHeaders"), scalars("AllowMethods"),
                               scalars("AllowOrigins"), scalars("ExposeHeaders"), scalar("MaxAge")})},
        .attributes = {"FunctionArn", "FunctionUrl"},
        .naming = {.source = NameRule::Source::kByService}};
    return kType;
  }

  Task<ResourceState> create(const ResourceContext& context) const override {
    if (context.attempt == Attempt::kAgain) {
      Document known;
      const bool is_there =
          co_await context.try_call("lambda", "GetFunctionUrlConfig", named(context),
                                    {"ResourceNotFoundException", "AccessDeniedException"}, &known);
      if (is_there && is_ours(context, known.find("CreationTime"))) co_return state(known);
    }
    Document input = named(context);
    for (const char* name : {"AuthType", "InvokeMode", "Cors"}) {
      if (const Document* value = context.property(name)) input.set(name, *value);
    }
    const Document made = co_await context.call("lambda", "CreateFunctionUrlConfig", std::move(input));
    co_return state(made);
  }

  // What the template no longer says goes back to how a URL is made.
  Task<ResourceState> update(const ResourceContext& context) const override {
    Document input = named(context);
    input.set("AuthType", context.text("AuthType"));
    const std::string mode = context.text("InvokeMode");
    input.set("InvokeMode", mode.empty() ? "BUFFERED" : mode);
    const Document* cors = context.property("Cors");
    input.set("Cors", cors == nullptr ? Document::object() : *cors);
    const Document changed = co_await context.call("lambda", "UpdateFunctionUrlConfig", std::move(input));
    co_return state(changed);
  }

  Task<void> remove(const ResourceContext& context) const override {
    co_await context.try_call("lambda", "DeleteFunctionUrlConfig", named(context),
                              {"ResourceNotFoundException"});
  }

 private:
  static Document named(const ResourceContext& context) {
    Document out = Document::Object{{"FunctionName", context.text("TargetFunctionArn")}};
    if (const std::string alias = context.text("Qualifier"); !alias.empty()) out.set("Qualifier", alias);
    return out;
  }
  static ResourceState state(const Document& url) {
    const std::string arn = url.string_or("FunctionArn", "");
    return {.physical_id = arn,
            .attributes =
                Document::Object{{"FunctionArn", arn}, {"FunctionUrl", url.string_or("FunctionUrl", "")}}};
  }
};

}  // namespace

const ResourceHandler& lambda_url_handler() {
  static const UrlHandler kHandler;
  return kHandler;
}

}  // namespace haneul::cloudformation
