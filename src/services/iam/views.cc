#include "services/iam/views.h"

#include "base/text.h"
#include "services/iam/ids.h"
#include "services/iam/pins.h"

namespace haneul::iam {

namespace {

void count(const record::Entity& entity, PolicyUses& uses) {
  for (const std::string& arn : entity.attached_policies) ++uses.attached[arn];
  if (!entity.boundary_arn.empty()) ++uses.as_boundary[entity.boundary_arn];
}

std::optional<std::vector<Tag>> tags_or_none(const record::Tags& tags) {
  if (tags.empty()) return std::nullopt;
  return to_api(tags);
}

int count_of(const std::map<std::string, int>& counts, const std::string& arn) {
  const auto found = counts.find(arn);
  return found == counts.end() ? 0 : found->second;
}

}  // namespace

template <class T>
std::string arn_of(const AccountId& account, const T& entity) {
  return entity_arn(account.str(), RowOf<T>::kArnKind, entity.path, entity.name);
}
template std::string arn_of(const AccountId&, const record::User&);
template std::string arn_of(const AccountId&, const record::Group&);
template std::string arn_of(const AccountId&, const record::Role&);
template std::string arn_of(const AccountId&, const record::ManagedPolicy&);
template std::string arn_of(const AccountId&, const record::InstanceProfile&);

PolicyUses count_policy_uses(const View& view) {
  PolicyUses uses;
  for (const auto& user : view.list<record::User>()) count(user, uses);
  for (const auto& group : view.list<record::Group>()) count(group, uses);
  for (const auto& role : view.list<record::Role>()) count(role, uses);
  return uses;
}

std::vector<Tag> to_api(const record::Tags& tags) {
  std::vector<Tag> out;
  for (const auto& [key, value] : tags) out.push_back({.key = key, .value = value});
  return out;
}

std::optional<AttachedPermissionsBoundary> to_boundary(const std::string& policy_arn) {
  if (policy_arn.empty()) return std::nullopt;
  return AttachedPermissionsBoundary{.permissions_boundary_type = "Policy",
                                     .permissions_boundary_arn = policy_arn};
}

User to_api(const AccountId& account, const record::User& user) {
  return {.path = user.path,
          .user_name = user.name,
          .user_id = user.id,
          .arn = arn_of(account, user),
          .create_date = user.created_at,
          .password_last_used = user.password_last_used,
          .permissions_boundary = to_boundary(user.boundary_arn),
          .tags = tags_or_none(user.tags)};
}

Group to_api(const AccountId& account, const record::Group& group) {
  return {.path = group.path,
          .group_name = group.name,
          .group_id = group.id,
          .arn = arn_of(account, group),
          .create_date = group.created_at};
}

Role to_api(const View& view, const record::Role& role) {
  Role out{.path = role.path,
           .role_name = role.name,
           .role_id = role.id,
           .arn = arn_of(view.account(), role),
           .create_date = role.created_at,
           .assume_role_policy_document =
               uri_encode(show_pinned(view.reader(), {role.trust_policy, role.trust_pins})),
           .max_session_duration = static_cast<int32_t>(role.max_session.count()),
           .permissions_boundary = to_boundary(role.boundary_arn),
           .tags = tags_or_none(role.tags)};
  if (!role.description.empty()) out.description = role.description;
  return out;
}

InstanceProfile to_api(const View& view, const record::InstanceProfile& profile) {
  InstanceProfile out{.path = profile.path,
                      .instance_profile_name = profile.name,
                      .instance_profile_id = profile.id,
                      .arn = arn_of(view.account(), profile),
                      .create_date = profile.created_at,
                      .roles = {},
                      .tags = tags_or_none(profile.tags)};
  if (profile.role.empty()) return out;
  if (const auto role = view.find<record::Role>(profile.role)) out.roles = {to_api(view, *role)};
  return out;
}

Policy to_api(std::string_view account, const record::ManagedPolicy& policy, const PolicyUses& uses) {
  const std::string arn = entity_arn(account, "policy", policy.path, policy.name);
  Policy out{.policy_name = policy.name,
             .policy_id = policy.id,
             .arn = arn,
             .path = policy.path,
             .default_version_id = policy.default_version,
             .attachment_count = count_of(uses.attached, arn),
             .permissions_boundary_usage_count = count_of(uses.as_boundary, arn),
             .is_attachable = true,
             .create_date = policy.created_at,
             .update_date = policy.updated_at,
             .tags = tags_or_none(policy.tags)};
  if (!policy.description.empty()) out.description = policy.description;
  return out;
}

PolicyVersion to_api(const record::ManagedPolicy& policy, const record::PolicyVersion& version) {
  return {.document = uri_encode(version.document),
          .version_id = version.id,
          .is_default_version = version.id == policy.default_version,
          .create_date = version.created_at};
}

AttachedPolicy to_attached(const std::string& policy_arn) {
  return {.policy_name = policy_arn.substr(policy_arn.rfind('/') + 1), .policy_arn = policy_arn};
}

}  // namespace haneul::iam
