// FunctionUrlConfig of AWS::Serverless::Function: the URL, and for AuthType NONE the two permissions that
// open it to everybody.
// "FunctionUrlConfig", AWS Serverless Application Model specification.
#include "services/cloudformation/sam/parts.h"
#include "services/cloudformation/template/text.h"

namespace haneul::cloudformation::sam {

namespace {

void add(const Source& source, const std::string& suffix, Document made, Target& target) {
  copy_condition(source, made);
  target.resources.set(source.logical_id + suffix, std::move(made));
}

}  // namespace

void translate_url(const Source& source, const Document& alias, Target& target) {
  const Document* config = source.properties.find("FunctionUrlConfig");
  if (config == nullptr) return;
  if (!config->is_object() || as_intrinsic(*config))
    fail_sam(source.logical_id, "'FunctionUrlConfig' must be a map.");
  require_known({source.logical_id, *config, {}}, {"AuthType", "Cors", "InvokeMode"});
  const std::string auth = config->string_or("AuthType", "");
  if (auth != "NONE" && auth != "AWS_IAM") {
    fail_sam(source.logical_id,
             "AuthType is required to configure function property `FunctionUrlConfig`. Please provide either "
             "AWS_IAM or NONE.");
  }
  const Document function = make_ref(alias.is_string() ? alias.as_string() : source.logical_id);
  Document url = *config;
  url.set("TargetFunctionArn", function);
  add(source, "Url", resource("AWS::Lambda::Url", std::move(url)), target);
  if (auth != "NONE") return;
  Document::Object permission{{"FunctionName", function}, {"Principal", "*"}};
  Document::Object through_url = permission;
  permission.emplace_back("Action", "lambda:InvokeFunctionUrl");
  permission.emplace_back("FunctionUrlAuthType", auth);
  through_url.emplace_back("Action", "lambda:InvokeFunction");
  through_url.emplace_back("InvokedViaFunctionUrl", true);
  add(source, "UrlPublicPermissions", resource("AWS::Lambda::Permission", std::move(permission)), target);
  add(source, "URLInvokeAllowPublicAccess", resource("AWS::Lambda::Permission", std::move(through_url)),
      target);
}

}  // namespace haneul::cloudformation::sam
