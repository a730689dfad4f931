#include "services/sts/session_input.h"

#include <set>

#include "aws/arn.h"
#include "aws/policy/policy.h"
#include "base/text.h"
#include "gen/sts/errors.h"
#include "model/common_errors.h"
#include "platform/auth_errors.h"
#include "services/sts/limits.h"

namespace haneul::sts {

namespace {

void take_arn(const std::string& arn, iam::Port& iam, iam::SessionGrant& grant) {
  const auto parsed = aws::parse_arn(arn);
  const bool own = parsed && (parsed->account == "aws" || parsed->account == grant.account.str());
  if (!own || iam.managed_policy_document(arn).empty()) {
    throw MalformedPolicyDocumentException("Policy " + arn + " does not exist or is not attachable.");
  }
  grant.policy_arns.push_back(arn);
}

}  // namespace

void take_policies(const PolicyInput& input, iam::Port& iam, iam::SessionGrant& grant) {
  if (input.policy) {
    try {
      aws::policy::parse_policy(*input.policy, aws::policy::PolicyKind::kIdentity);
    } catch (const aws::policy::MalformedPolicy& error) {
      throw MalformedPolicyDocumentException(error.what());
    }
    grant.policies.push_back(*input.policy);
  }
  if (!input.arns) return;
  if (input.arns->size() > kSessionPolicyArnsMax) {
    throw model::ValidationError("PolicyArns has more than " + std::to_string(kSessionPolicyArnsMax) +
                                 " members.");
  }
  for (const PolicyDescriptorType& descriptor : *input.arns) {
    if (!descriptor.arn) throw model::ValidationError("A member of PolicyArns has no arn.");
    take_arn(*descriptor.arn, iam, grant);
  }
}

std::map<std::string, std::string> read_tags(const std::optional<std::vector<Tag>>& tags) {
  std::map<std::string, std::string> out;
  if (!tags) return out;
  if (tags->size() > kSessionTagsMax) throw model::ValidationError("More than 50 session tags were passed.");
  std::set<std::string> keys;
  for (const Tag& tag : *tags) {
    if (to_lower(tag.key).starts_with("aws:")) {
      throw model::InvalidParameterValue("Session tag keys that begin with aws: are reserved.");
    }
    if (!keys.insert(to_lower(tag.key)).second) {
      throw model::InvalidParameterValue(
          "Duplicate tag keys found. Please note that Tag keys are case insensitive.");
    }
    out.emplace(tag.key, tag.value);
  }
  return out;
}

std::optional<int32_t> packed_percent(const iam::SessionGrant& grant) {
  size_t bytes = 0;
  for (const std::string& policy : grant.policies) bytes += policy.size();
  for (const std::string& arn : grant.policy_arns) bytes += arn.size();
  for (const auto& [key, value] : grant.tags) bytes += key.size() + value.size();
  if (bytes == 0) return std::nullopt;
  const size_t percent = (bytes * 100 + kPackedBytesMax - 1) / kPackedBytesMax;
  if (percent > 100) {
    throw PackedPolicyTooLargeException("Packed policy consumes " + std::to_string(percent) +
                                        "% of allotted space, please use smaller policy.");
  }
  return static_cast<int32_t>(percent);
}

Credentials to_credentials(const iam::SessionCredentials& issued) {
  return {.access_key_id = issued.access_key_id,
          .secret_access_key = issued.secret_access_key.reveal(),
          .session_token = issued.session_token.reveal(),
          .expiration = issued.expires_at};
}

void add_tag_keys(const std::optional<std::vector<Tag>>& tags,
                  std::map<std::string, std::vector<std::string>>& context) {
  if (!tags || tags->empty()) return;
  for (const Tag& tag : *tags) {
    context["aws:RequestTag/" + tag.key] = {tag.value};
    context["aws:TagKeys"].push_back(tag.key);
  }
}

void refuse_mfa(const std::optional<std::string>& serial_number,
                const std::optional<std::string>& token_code) {
  if (!serial_number && !token_code) return;
  throw model::AccessDenied(
      "MultiFactorAuthentication failed, must provide valid MFA serial number and code.");
}

void refuse_token_size(const std::optional<int64_t>& minimum_session_token_size) {
  if (!minimum_session_token_size) return;
  throw model::NotImplemented("MinimumSessionTokenSize is not implemented by Haneul.");
}

void refuse_user_session(const platform::Request& request) {
  const bool is_role = request.caller.kind == platform::Caller::Kind::kRoleSession;
  if (!request.caller.token_issued_at || is_role) return;
  platform::throw_auth_failure(*request.service, platform::AuthFailure::kDenied,
                               "Cannot call this operation with session credentials");
}

platform::AccessChecks federation_checks(const platform::Request& request,
                                         const GetFederationTokenInput& input) {
  platform::AccessCheck check;
  check.action = "sts:GetFederationToken";
  check.resource = aws::make_arn("sts", "", request.account.str(), "federated-user/" + input.name);
  add_tag_keys(input.tags, check.context);
  platform::AccessChecks checks = {check};
  if (input.tags && !input.tags->empty()) {
    check.action = "sts:TagSession";
    checks.push_back(std::move(check));
  }
  return checks;
}

}  // namespace haneul::sts
