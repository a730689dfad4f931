#include "aws/policy/parse_principal.h"

#include <algorithm>

#include "aws/arn.h"

namespace haneul::aws::policy {
namespace {

using Kind = PrincipalEntry::Kind;

[[noreturn]] void invalid(const std::string& type, const std::string& value) {
  throw MalformedPolicy("Invalid principal in policy: \"" + type + "\":\"" + value + "\"");
}

bool is_unique_id(
    const std::string& text) {  // AIDA..., AROA...: what AWS leaves of a principal that was deleted
  return text.size() >= 16 && text.size() <= 128 && text.starts_with('A') &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); });
}

PrincipalEntry aws_entry(const std::string& value) {
  if (value == "*") return {Kind::kEveryone, value};
  if (is_account_id(value)) return {Kind::kAccount, value};
  const auto arn = parse_arn(value);
  if (!arn) {
    if (is_unique_id(value)) return {Kind::kUniqueId, value};
    invalid("AWS", value);
  }
  const bool known_service = arn->service == "iam" || arn->service == "sts";
  if (!known_service || !is_account_id(arn->account) || value.find_first_of("*?") != std::string::npos) {
    invalid("AWS", value);
  }
  if (arn->resource == "root") return {Kind::kAccount, arn->account};
  const std::string_view type = arn->resource_type();
  const bool known_type = arn->service == "iam" ? type == "user" || type == "role"
                                                : type == "assumed-role" || type == "federated-user";
  if (!known_type || arn->resource_id().empty()) invalid("AWS", value);
  return {Kind::kArn, value};
}

PrincipalEntry typed_entry(const std::string& type, const std::string& value) {
  if (type == "AWS") return aws_entry(value);
  const bool wildcard = value.find_first_of("*?") != std::string::npos;
  if (value.empty() || (wildcard && !(type == "Federated" && value == "*"))) invalid(type, value);
  if (type == "Service") {
    if (value.find('.') == std::string::npos) invalid(type, value);
    return {Kind::kService, value};
  }
  if (type == "Federated") return {Kind::kFederated, value};
  if (type == "CanonicalUser") return {Kind::kCanonicalUser, value};
  invalid(type, value);
}

}  // namespace

std::vector<PrincipalEntry> parse_principals(const Document& value) {
  if (value.is_string()) {
    if (value.as_string() != "*") throw MalformedPolicy("Invalid principal in policy");
    return {{Kind::kEveryone, "*"}};
  }
  if (!value.is_object() || value.as_object().empty()) throw MalformedPolicy("Invalid principal in policy");
  std::vector<PrincipalEntry> out;
  for (const auto& [type, names] : value.as_object()) {
    if (names.is_string()) {
      out.push_back(typed_entry(type, names.as_string()));
      continue;
    }
    if (!names.is_array() || names.as_array().empty()) throw MalformedPolicy("Invalid principal in policy");
    for (const Document& name : names.as_array()) {
      if (!name.is_string()) throw MalformedPolicy("Invalid principal in policy");
      out.push_back(typed_entry(type, name.as_string()));
    }
  }
  return out;
}

}  // namespace haneul::aws::policy
