// Views: IAM's records as the API shows them. Policy documents are percent-encoded (RFC 3986), as IAM answers
// them. Pure functions.
#pragma once

#include "gen/iam/types.h"
#include "services/iam/records.h"
#include "services/iam/rows.h"

namespace haneul::iam {

// How often the policies of an account are in use: by ARN.
struct PolicyUses {
  std::map<std::string, int> attached;
  std::map<std::string, int> as_boundary;
};
PolicyUses count_policy_uses(const View& view);

User to_api(const AccountId& account, const record::User& user);
Group to_api(const AccountId& account, const record::Group& group);
Role to_api(const View& view, const record::Role& role);  // with its trust policy as it is shown now
InstanceProfile to_api(const View& view, const record::InstanceProfile& profile);
Policy to_api(std::string_view account, const record::ManagedPolicy& policy, const PolicyUses& uses);
PolicyVersion to_api(const record::ManagedPolicy& policy, const record::PolicyVersion& version);
AttachedPolicy to_attached(const std::string& policy_arn);
std::vector<Tag> to_api(const record::Tags& tags);
std::optional<AttachedPermissionsBoundary> to_boundary(const std::string& policy_arn);

// Lists leave out tags and, of users and roles, the permissions boundary:
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUsers.html
template <class T>
T as_listed(T shown) {
  shown.tags.reset();
  if constexpr (requires { shown.permissions_boundary; }) shown.permissions_boundary.reset();
  return shown;
}

template <class T>
std::string arn_of(const AccountId& account, const T& entity);

}  // namespace haneul::iam
