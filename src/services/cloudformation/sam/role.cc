// The role of a function that names none: FunctionRole, with what Policies ask for.

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "services/cloudformation/sam/parts.h"
#include "services/cloudformation/template/text.h"

namespace haneul::cloudformation::sam {

namespace {

Document managed_arn(std::string_view name) {
  static constexpr std::array<std::string_view, 9> kServiceRoles = {
      "AWSLambdaBasicExecutionRole",
      "AWSLambdaVPCAccessExecutionRole",
      "AWSLambdaDynamoDBExecutionRole",
      "AWSLambdaKinesisExecutionRole",
      "AWSLambdaSQSQueueExecutionRole",
      "AWSLambdaMSKExecutionRole",
      "AWSLambdaENIManagementAccess",
      "AWSLambdaRole",
      "AWSLambdaBasicDurableExecutionRolePolicy"};
  const bool is_service_role = std::ranges::find(kServiceRoles, name) != kServiceRoles.end();
  return fmt::format("arn:aws:iam::aws:policy/{}{}", is_service_role ? "service-role/" : "", name);
}

class Policies {
 public:
  explicit Policies(const Source& source) : source_(source) {}

  void add(const Document& policy) {
    const int index = count_++;
    if (policy.is_string()) {
      const std::string& name = policy.as_string();
      managed.push(name.starts_with("arn:") ? Document(name) : managed_arn(name));
      return;
    }
    if (as_intrinsic(policy)) {
      managed.push(policy);
      return;
    }
    if (!policy.is_object())
      fail_sam(source_.logical_id, "'Policies' must be names, ARNs, statements or templates.");
    if (policy.find("Statement") != nullptr) {
      put(policy, index);
      return;
    }
    for (const auto& [name, parameters] : policy.as_object()) {
      if (!is_policy_template(name)) {
        fail_sam(source_.logical_id,
                 fmt::format("Policy at index {} in the 'Policies' property: '{}' is not a policy "
                             "template that Haneul knows.",
                             index, name));
      }
      put(expand_policy_template(source_, name, parameters), index);
    }
  }

  int next_index() { return count_++; }
  // Inline policies are named after their place among all policies.
  void put(Document document, int index) {
    if (document.find("Version") == nullptr) {
      Document dated = Document::Object{{"Version", "2012-10-17"}};
      for (const auto& [name, value] : document.as_object()) dated.set(name, value);
      document = std::move(dated);
    }
    const std::string name = fmt::format("{}RolePolicy{}", source_.logical_id, index);
    inlined.push(Document::Object{{"PolicyName", name}, {"PolicyDocument", std::move(document)}});
  }

  Document managed = Document::array();
  Document inlined = Document::array();

 private:
  const Source& source_;
  int count_ = 0;
};

Document trust_of(const Source& source) {
  if (const Document* given = source.properties.find("AssumeRolePolicyDocument")) return *given;
  Document statement =
      Document::Object{{"Action", Document::Array{"sts:AssumeRole"}},
                       {"Effect", "Allow"},
                       {"Principal", Document::Object{{"Service", Document::Array{"lambda.amazonaws.com"}}}}};
  return Document::Object{{"Version", "2012-10-17"}, {"Statement", Document::Array{std::move(statement)}}};
}

}  // namespace

Document make_role(const Source& source, const std::vector<Document>& extra_statements) {
  Policies policies(source);
  const bool is_durable = source.properties.find("DurableConfig") != nullptr;
  policies.managed.push(
      managed_arn(is_durable ? "AWSLambdaBasicDurableExecutionRolePolicy" : "AWSLambdaBasicExecutionRole"));
  const Document* tracing = source.properties.find("Tracing");
  if (tracing != nullptr && scalar_text(*tracing) == "Active") {
    policies.managed.push(managed_arn("AWSXRayDaemonWriteAccess"));
  }
  for (const std::string_view name : event_source_policies(source)) policies.managed.push(managed_arn(name));
  if (const Document* given = source.properties.find("Policies")) {
    if (given->is_array()) {
      for (const Document& policy : given->as_array()) policies.add(policy);
    } else {
      policies.add(*given);
    }
  }
  if (!extra_statements.empty()) {
    policies.put(Document::Object{{"Statement", Document::Array(extra_statements)}}, policies.next_index());
  }
  Document properties = Document::Object{{"AssumeRolePolicyDocument", trust_of(source)},
                                         {"ManagedPolicyArns", std::move(policies.managed)}};
  if (!policies.inlined.as_array().empty()) properties.set("Policies", std::move(policies.inlined));
  if (const Document* boundary = source.properties.find("PermissionsBoundary")) {
    properties.set("PermissionsBoundary", *boundary);
  }
  if (const Document* path = source.properties.find("RolePath")) properties.set("Path", *path);
  const Document* propagate = source.properties.find("PropagateTags");
  const bool takes_tags = propagate != nullptr && scalar_text(*propagate) == "true";
  properties.set("Tags", tag_list(source, takes_tags ? source.properties.find("Tags") : nullptr));
  return resource("AWS::IAM::Role", std::move(properties));
}

}  // namespace haneul::cloudformation::sam
