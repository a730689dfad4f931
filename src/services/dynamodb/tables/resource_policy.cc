#include "services/dynamodb/tables/resource_policy.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "aws/policy/policy.h"
#include "aws/policy/public_access.h"
#include "services/dynamodb/limits.h"
#include "services/dynamodb/refusal.h"

namespace haneul::dynamodb {
namespace {

using aws::policy::Pattern;
using aws::policy::Statement;

// Actions that policies may name; ListTables, ListStreams and the like are about no resource.
constexpr std::array<std::string_view, 40> kTableActions = {"dynamodb:BatchGetItem",
                                                            "dynamodb:BatchWriteItem",
                                                            "dynamodb:ConditionCheckItem",
                                                            "dynamodb:CreateBackup",
                                                            "dynamodb:DeleteItem",
                                                            "dynamodb:DeleteResourcePolicy",
                                                            "dynamodb:DeleteTable",
                                                            "dynamodb:DescribeContinuousBackups",
                                                            "dynamodb:DescribeContributorInsights",
                                                            "dynamodb:DescribeKinesisStreamingDestination",
                                                            "dynamodb:DescribeTable",
                                                            "dynamodb:DescribeTableReplicaAutoScaling",
                                                            "dynamodb:DescribeTimeToLive",
                                                            "dynamodb:DisableKinesisStreamingDestination",
                                                            "dynamodb:EnableKinesisStreamingDestination",
                                                            "dynamodb:ExportTableToPointInTime",
                                                            "dynamodb:GetItem",
                                                            "dynamodb:GetResourcePolicy",
                                                            "dynamodb:ListTagsOfResource",
                                                            "dynamodb:PartiQLDelete",
                                                            "dynamodb:PartiQLInsert",
                                                            "dynamodb:PartiQLSelect",
                                                            "dynamodb:PartiQLUpdate",
                                                            "dynamodb:PutItem",
                                                            "dynamodb:PutResourcePolicy",
                                                            "dynamodb:Query",
                                                            "dynamodb:RestoreTableFromBackup",
                                                            "dynamodb:RestoreTableToPointInTime",
                                                            "dynamodb:Scan",
                                                            "dynamodb:StartAwsBackupJob",
                                                            "dynamodb:TagResource",
                                                            "dynamodb:UntagResource",
                                                            "dynamodb:UpdateContinuousBackups",
                                                            "dynamodb:UpdateContributorInsights",
                                                            "dynamodb:UpdateGlobalTableVersion",
                                                            "dynamodb:UpdateItem",
                                                            "dynamodb:UpdateKinesisStreamingDestination",
                                                            "dynamodb:UpdateTable",
                                                            "dynamodb:UpdateTableReplicaAutoScaling",
                                                            "dynamodb:UpdateTimeToLive"};
constexpr std::array<std::string_view, 6> kStreamActions = {
    "dynamodb:DeleteResourcePolicy", "dynamodb:DescribeStream",   "dynamodb:GetRecords",
    "dynamodb:GetResourcePolicy",    "dynamodb:GetShardIterator", "dynamodb:PutResourcePolicy"};

// The keys that keep a policy from being public.
constexpr std::array<std::string_view, 11> kPinningKeys = {
    "aws:principalaccount", "aws:principalarn", "aws:principalorgid", "aws:principalorgpaths",
    "aws:sourceaccount",    "aws:sourcearn",    "aws:sourcevpc",      "aws:sourcevpce",
    "aws:userid",           "aws:sourceorgid",  "aws:sourceorgpaths"};

std::span<const std::string_view> actions_of(const PolicyOwner& owner) {
  if (owner.kind == PolicyOwner::Kind::kStream) return kStreamActions;
  return kTableActions;
}

bool is_known_action(const Pattern& action, const PolicyOwner& owner) {
  const auto matches = [&](std::string_view known) { return action.matches(known, {}); };
  return std::ranges::any_of(actions_of(owner), matches);
}

// The table itself, or its indexes: "ARN/index/...", where the ARN may have wildcards.
bool is_own_resource(const Pattern& resource, const PolicyOwner& owner) {
  if (resource.matches(owner.arn, {})) return true;
  if (owner.kind == PolicyOwner::Kind::kStream) return false;
  const std::string_view text = resource.text();
  const size_t index = text.find("/index/");
  if (index != std::string_view::npos) return Pattern(text.substr(0, index), {}).matches(owner.arn, {});
  return resource.matches(owner.arn + "/index/", {});
}

void refuse_any(const std::vector<std::string>& names, std::string_view what) {
  if (names.empty()) return;
  std::vector<std::string> quoted;
  for (const std::string& name : names) quoted.push_back('"' + name + '"');
  refuse_policy(fmt::format("The following {} are invalid: {}", what, fmt::join(quoted, ", ")));
}

void require_statements(const aws::policy::Policy& policy, const PolicyOwner& owner) {
  std::vector<std::string> actions, resources;
  for (const Statement& statement : policy.statements()) {
    for (const Pattern& action : statement.actions) {
      if (!is_known_action(action, owner)) actions.push_back(action.text());
    }
    if (statement.resource_sense == Statement::Sense::kAbsent) {
      refuse_policy("Missing required field Resource");
    }
    for (const Pattern& resource : statement.resources) {
      if (!is_own_resource(resource, owner)) resources.push_back(resource.text());
    }
  }
  refuse_any(actions, "action names");
  refuse_any(resources, "resources");
}

platform::PolicyPtr parse(std::string_view text) {
  return aws::policy::parse_policy(text, aws::policy::PolicyKind::kResource);
}

}  // namespace

void refuse_policy(std::string_view why) {
  refuse(fmt::format("One or more parameter values were invalid: Invalid policy document: {}", why));
}

void require_policy(std::string_view text, const PolicyOwner& owner) {
  if (text.size() > kPolicyBytesMax) {
    refuse_policy(fmt::format("The size of the policy exceeds the limit of {} bytes", kPolicyBytesMax));
  }
  try {
    require_statements(*parse(text), owner);
  } catch (const aws::policy::MalformedPolicy& error) {
    refuse_policy(error.what());
  }
  if (aws::policy::is_public(text, kPinningKeys)) {
    refuse_policy("The policy allows public access, which is blocked");
  }
}

Document policy_document(const ResourcePolicy& policy) {
  Document out = Document::Object{{"text", policy.text}, {"revision", policy.revision}};
  if (policy.pins.empty()) return out;
  Document& pins = out.set("pins", Document::object());
  for (const auto& [arn, id] : policy.pins) pins.as_object().emplace_back(arn, id);
  return out;
}

ResourcePolicy policy_of(const Document& record) {
  ResourcePolicy out{.text = record.string_or("text", ""), .revision = record.string_or("revision", "")};
  if (const Document* pins = record.find("pins")) {
    for (const auto& [arn, id] : pins->as_object()) out.pins[arn] = id.as_string();
  }
  out.parsed = parse(aws::policy::replace_principals(out.text, out.pins));
  return out;
}

}  // namespace haneul::dynamodb
