#include "services/lambda/policy.h"

#include <algorithm>

#include <fmt/format.h>

#include "aws/arn.h"
#include "aws/policy/pins.h"
#include "base/json.h"
#include "gen/lambda/errors.h"
#include "services/lambda/limits.h"
#include "services/lambda/names.h"

namespace haneul::lambda {

namespace {

Document one(std::string_view key, Document value) {
  Document out = Document::object();
  out.set(key, std::move(value));
  return out;
}

Document make_principal(const std::string& principal) {
  if (principal == "*") return "*";
  if (aws::is_account_id(principal)) return one("AWS", "arn:aws:iam::" + principal + ":root");
  if (const auto arn = aws::parse_arn(principal); arn && (arn->service == "iam" || arn->service == "sts"))
    return one("AWS", principal);
  const bool is_name = principal.find_first_of(":/*") == std::string::npos;
  if (is_name && (principal.ends_with(".amazonaws.com") || principal.ends_with(".amazon.com")))
    return one("Service", principal);
  refuse_principal();
}

Document make_condition(const Grant& grant) {
  Document equals = Document::object();
  if (grant.source_account) equals.set("AWS:SourceAccount", *grant.source_account);
  if (grant.function_url_auth_type) equals.set("lambda:FunctionUrlAuthType", *grant.function_url_auth_type);
  Document out = Document::object();
  if (!equals.as_object().empty()) out.set("StringEquals", std::move(equals));
  if (grant.invoked_via_function_url) {
    out.set("Bool", one("lambda:InvokedViaFunctionUrl", *grant.invoked_via_function_url ? "true" : "false"));
  }
  if (grant.source_arn) out.set("ArnLike", one("AWS:SourceArn", *grant.source_arn));
  return out;
}

Document::Array::iterator find_statement(PolicyRecord& policy, std::string_view id) {
  auto& statements = policy.statements.as_array();
  return std::find_if(statements.begin(), statements.end(),
                      [&](const Document& each) { return each.string_or("Sid", "") == id; });
}

}  // namespace

void refuse_principal() {
  refuse<InvalidParameterValueException>(
      "The provided principal was invalid. Please check the principal and try again.");
}

Document make_statement(const Grant& grant) {
  Document out = Document::object();
  out.set("Sid", grant.statement_id);
  out.set("Effect", "Allow");
  out.set("Principal", make_principal(grant.principal));
  out.set("Action", grant.action);
  out.set("Resource", grant.resource);
  Document condition = make_condition(grant);
  if (!condition.as_object().empty()) out.set("Condition", std::move(condition));
  return out;
}

void add_statement(PolicyRecord& policy, Document statement) {
  const std::string id = statement.string_or("Sid", "");
  if (find_statement(policy, id) != policy.statements.as_array().end()) {
    refuse<ResourceConflictException>(
        fmt::format("The statement id ({}) provided already exists. Please provide a new statement id, or "
                    "remove the existing statement.",
                    id));
  }
  policy.statements.push(std::move(statement));
  if (const size_t bytes = policy_text(policy).size(); bytes > kPolicyBytesMax) {
    refuse<PolicyLengthExceededException>(
        fmt::format("The final policy size ({}) is bigger than the limit ({}).", bytes, kPolicyBytesMax));
  }
}

void add_pins(PolicyRecord& policy, const std::map<std::string, std::string>& pins) {
  for (const auto& [arn, id] : pins) {
    const auto known = policy.pins.find(arn);
    if (known != policy.pins.end() && known->second != id) {
      const Document held = parse_json(aws::policy::replace_principals(policy_text(policy), {*known}));
      policy.statements = *held.find("Statement");
    }
    policy.pins[arn] = id;
  }
}

void remove_statement(PolicyRecord& policy, std::string_view id) {
  const auto found = find_statement(policy, id);
  if (found == policy.statements.as_array().end())
    refuse<ResourceNotFoundException>(fmt::format("Statement {} is not found in resource policy.", id));
  policy.statements.as_array().erase(found);
}

std::string policy_text(const PolicyRecord& policy) {
  Document out = Document::object();
  out.set("Version", "2012-10-17");
  if (!policy.id.empty()) out.set("Id", policy.id);
  out.set("Statement", policy.statements);
  return write_json(out);
}

platform::PolicyPtr parse_record(const PolicyRecord& policy) {
  if (policy.statements.as_array().empty()) return nullptr;
  return aws::policy::parse_policy(aws::policy::replace_principals(policy_text(policy), policy.pins),
                                   aws::policy::PolicyKind::kResource);
}

}  // namespace haneul::lambda
