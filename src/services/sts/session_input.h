// What the operations that make temporary credentials have in common: checks of policies, tags and lengths,
// and the shape of the answer.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "gen/sts/types.h"
#include "platform/access.h"
#include "services/iam/port.h"

namespace haneul::sts {

// Session policies as they come in.
struct PolicyInput {
  const std::optional<std::string>& policy;
  const std::optional<std::vector<PolicyDescriptorType>>& arns;
};
// Checked and put into the grant. Throws MalformedPolicyDocument for what is no policy, and for an ARN that
// names none in the account or at AWS.
void take_policies(const PolicyInput& input, iam::Port& iam, iam::SessionGrant& grant);

// Checked: at most 50, keys unique without case and not AWS's own.
std::map<std::string, std::string> read_tags(const std::optional<std::vector<Tag>>& tags);

// Empty when nothing was to be packed. Throws PackedPolicyTooLarge.
std::optional<int32_t> packed_percent(const iam::SessionGrant& grant);

Credentials to_credentials(const iam::SessionCredentials& issued);

// aws:RequestTag/..., aws:TagKeys.
void add_tag_keys(const std::optional<std::vector<Tag>>& tags,
                  std::map<std::string, std::vector<std::string>>& context);

// There are no MFA devices, so no code can be right; other members that would have no effect are refused.
void refuse_mfa(const std::optional<std::string>& serial_number,
                const std::optional<std::string>& token_code);
void refuse_token_size(const std::optional<int64_t>& minimum_session_token_size);
// Credentials of GetSessionToken and GetFederationToken may ask who they are, and the former may assume
// roles.
void refuse_user_session(const platform::Request& request);
platform::AccessChecks federation_checks(const platform::Request& request,
                                         const GetFederationTokenInput& input);

}  // namespace haneul::sts
