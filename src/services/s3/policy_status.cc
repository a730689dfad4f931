#include "services/s3/policy_status.h"

#include <algorithm>
#include <array>

#include "aws/policy/policy.h"
#include "base/json.h"
#include "base/text.h"
#include "gen/s3/errors.h"

namespace haneul::s3 {

namespace {

constexpr std::string_view kArnPrefix = "arn:aws:s3:::";

std::vector<const Document*> items(const Document* value) {
  std::vector<const Document*> out;
  if (value == nullptr) return out;
  if (!value->is_array()) return {value};
  for (const Document& item : value->as_array()) out.push_back(&item);
  return out;
}

bool names_everyone(const Document& statement) {
  if (statement.find("NotPrincipal") != nullptr) return true;
  const Document* principal = statement.find("Principal");
  if (principal == nullptr) return false;
  if (principal->is_string()) return principal->as_string() == "*";
  return std::ranges::any_of(items(principal->find("AWS")), [](const Document* value) {
    return value->is_string() && value->as_string() == "*";
  });
}

// The keys that pin a statement to fixed callers when their values are fixed.
bool is_pinning_key(std::string_view key) {
  static constexpr std::array<std::string_view, 15> kKeys = {"aws:principalorgid",
                                                             "aws:principalorgpaths",
                                                             "aws:principalaccount",
                                                             "aws:principalarn",
                                                             "aws:sourcearn",
                                                             "aws:sourcevpc",
                                                             "aws:sourcevpce",
                                                             "aws:sourceowner",
                                                             "aws:sourceaccount",
                                                             "aws:sourceip",
                                                             "aws:userid",
                                                             "aws:sourceorgid",
                                                             "s3:dataaccesspointarn",
                                                             "s3:dataaccesspointaccount",
                                                             "aws:sourceorgpaths"};
  return std::ranges::find(kKeys, to_lower(key)) != kKeys.end();
}

bool is_narrow_address(std::string_view value) {
  const size_t slash = value.find('/');
  if (slash == std::string_view::npos) return true;
  const auto bits = parse_int(value.substr(slash + 1));
  const bool is_v6 = value.find(':') != std::string_view::npos;
  return bits && *bits >= (is_v6 ? 32 : 8);
}

bool is_fixed_value(std::string_view key, const Document& value) {
  if (!value.is_string()) return false;
  const std::string& text = value.as_string();
  if (text.find_first_of("*?") != std::string::npos || text.find("${") != std::string::npos) return false;
  return !equals_ignore_case(key, "aws:SourceIp") || is_narrow_address(text);
}

bool is_equality(std::string_view op) {
  const std::string name = to_lower(op);
  return name == "stringequals" || name == "stringequalsignorecase" || name == "stringlike" ||
         name == "arnequals" || name == "arnlike" || name == "ipaddress";
}

bool is_pinned(const Document& statement) {
  const Document* condition = statement.find("Condition");
  if (condition == nullptr || !condition->is_object()) return false;
  for (const auto& [op, keys] : condition->as_object()) {
    if (!is_equality(op) || !keys.is_object()) continue;
    for (const auto& [key, value] : keys.as_object()) {
      const auto values = items(&value);
      const std::string_view name = key;
      const auto is_fixed = [name](const Document* one) { return is_fixed_value(name, *one); };
      if (is_pinning_key(key) && !values.empty() && std::ranges::all_of(values, is_fixed)) return true;
    }
  }
  return false;
}

bool is_action_of_s3(std::string_view action) {
  return action == "*" || equals_ignore_case(action.substr(0, 3), "s3:");
}

bool is_resource_of(const aws::policy::Pattern& resource, std::string_view bucket) {
  const std::string_view text = resource.text();
  if (!text.starts_with(kArnPrefix)) return false;
  const std::string_view rest = text.substr(kArnPrefix.size());
  const std::string_view head = rest.substr(0, rest.find('/'));
  const aws::policy::Pattern name(head, {});
  return name.matches(bucket, {}) || name.matches(std::string(bucket) + "/", {});
}

}  // namespace

bool is_public_policy(std::string_view json) {
  const Document policy = parse_json(json);
  return std::ranges::any_of(items(policy.find("Statement")), [](const Document* statement) {
    return statement->string_or("Effect", "") == "Allow" && names_everyone(*statement) &&
           !is_pinned(*statement);
  });
}

platform::PolicyPtr parse_bucket_policy(std::string_view json, std::string_view bucket) {
  platform::PolicyPtr policy;
  try {
    policy = aws::policy::parse_policy(json, aws::policy::PolicyKind::kResource);
  } catch (const aws::policy::MalformedPolicy& error) {
    throw MalformedPolicy(error.what());
  }
  for (const aws::policy::Statement& statement : policy->statements()) {
    const auto is_ours = [](const aws::policy::Pattern& action) { return is_action_of_s3(action.text()); };
    if (!std::ranges::all_of(statement.actions, is_ours)) throw MalformedPolicy("Policy has invalid action");
    const auto is_here = [&](const aws::policy::Pattern& resource) {
      return is_resource_of(resource, bucket);
    };
    if (statement.resource_sense == aws::policy::Statement::Sense::kAbsent) {
      throw MalformedPolicy("Missing required field Resource");
    }
    if (!std::ranges::all_of(statement.resources, is_here)) {
      throw MalformedPolicy("Policy has invalid resource");
    }
  }
  return policy;
}

}  // namespace haneul::s3
