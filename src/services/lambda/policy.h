// Policies of functions and layer versions: the statements that AddPermission and AddLayerVersionPermission
// make, and the documents made of them.
// https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
#pragma once

#include <optional>
#include <string>

#include "platform/identity.h"
#include "services/lambda/records.h"

namespace haneul::lambda {

using MaybeText = std::optional<std::string>;

struct Grant {
  std::string statement_id, action, principal, resource;
  MaybeText source_arn, source_account, function_url_auth_type;
  std::optional<bool> invoked_via_function_url;
};

Document make_statement(const Grant& grant);  // throws InvalidParameterValueException for the principal
// Throws ResourceConflictException for a known id and PolicyLengthExceededException above the limit.
void add_statement(PolicyRecord& policy, Document statement);
// Keeps the ids of principals that a statement about to be added names. A statement that names an earlier
// user or role of the same ARN goes on naming that one.
void add_pins(PolicyRecord& policy, const std::map<std::string, std::string>& pins);
void remove_statement(PolicyRecord& policy, std::string_view statement_id);  // throws when there is none
[[noreturn]] void refuse_principal();                                        // InvalidParameterValueException
std::string policy_text(const PolicyRecord& policy);
platform::PolicyPtr parse_record(const PolicyRecord& policy);  // null without statements

}  // namespace haneul::lambda
