#include "services/s3/policy_status.h"

#include <algorithm>
#include <array>

#include "aws/policy/policy.h"
#include "aws/policy/public_access.h"
#include "base/text.h"
#include "gen/s3/errors.h"

namespace haneul::s3 {

namespace {

constexpr std::string_view kArnPrefix = "arn:aws:s3:::";

// The keys that pin a statement to fixed callers when their values are fixed.
constexpr std::array<std::string_view, 15> kPinningKeys = {"aws:principalorgid",
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

bool is_public_policy(std::string_view json) { return aws::policy::is_public(json, kPinningKeys); }

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
