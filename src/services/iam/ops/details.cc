// GetAccountAuthorizationDetails: all entities of the account with their policies, in one paged list: users,
// groups, roles, then managed policies, each by name.
#include "base/text.h"
#include "services/iam/aws_managed.h"
#include "services/iam/ids.h"
#include "services/iam/ops/ops.h"

namespace haneul::iam {

namespace {

std::vector<PolicyDetail> inline_details(const record::Entity& entity) {
  std::vector<PolicyDetail> out;
  for (const auto& [name, text] : entity.inline_policies) out.push_back({name, uri_encode(text)});
  return out;
}

std::vector<AttachedPolicy> attached_details(const record::Entity& entity) {
  std::vector<AttachedPolicy> out;
  for (const std::string& arn : entity.attached_policies) out.push_back(to_attached(arn));
  return out;
}

// One entry of the list; its place says its kind and order.
struct Entry {
  std::string place;
  std::string account;
  std::optional<record::User> user;
  std::optional<record::Group> group;
  std::optional<record::Role> role;
  std::optional<record::ManagedPolicy> policy;
};

class Details {
 public:
  Details(const View& view, const GetAccountAuthorizationDetailsInput& input, const KeyUses& key_uses,
          Timestamp now)
      : view_(view), input_(input), key_uses_(key_uses), now_(now), uses_(count_policy_uses(view)) {}

  std::vector<Entry> collect() const {
    const std::string own = view_.account().str();
    std::vector<Entry> out;
    if (wants("User")) {
      for (auto& one : view_.list<record::User>()) out.push_back({"1" + name_key(one.name), own, one});
    }
    if (wants("Group")) {
      for (auto& one : view_.list<record::Group>()) out.push_back({"2" + name_key(one.name), own, {}, one});
    }
    if (wants("Role")) {
      for (auto& one : view_.list<record::Role>()) {
        out.push_back({"3" + name_key(one.name), own, {}, {}, one});
      }
    }
    if (wants("LocalManagedPolicy")) {
      for (auto& one : view_.list<record::ManagedPolicy>()) {
        out.push_back({"4" + name_key(one.name), own, {}, {}, {}, one});
      }
    }
    if (wants("AWSManagedPolicy")) add_aws_policies(out);
    return out;
  }

  void show(const Entry& entry, GetAccountAuthorizationDetailsOutput& out) const {
    if (entry.user) out.user_detail_list->push_back(detail(*entry.user));
    if (entry.group) out.group_detail_list->push_back(detail(*entry.group));
    if (entry.role) out.role_detail_list->push_back(detail(*entry.role));
    if (entry.policy) out.policies->push_back(detail(entry.account, *entry.policy));
  }

 private:
  bool wants(const std::string& kind) const {
    return !input_.filter || input_.filter->empty() ||
           std::ranges::find(*input_.filter, kind) != input_.filter->end();
  }

  // AWS's own only where they are in use, as AWS shows them.
  void add_aws_policies(std::vector<Entry>& out) const {
    std::vector<Entry> found;
    for (const auto& [arn, known] : aws_managed_policies()) {
      if (!uses_.attached.contains(arn) && !uses_.as_boundary.contains(arn)) continue;
      found.push_back({"5" + name_key(known.record.name), "aws", {}, {}, {}, known.record});
    }
    std::ranges::sort(found, {}, &Entry::place);
    std::ranges::move(found, std::back_inserter(out));
  }

  UserDetail detail(const record::User& user) const {
    const User shown = to_api(view_.account(), user);
    return {.path = shown.path,
            .user_name = shown.user_name,
            .user_id = shown.user_id,
            .arn = shown.arn,
            .create_date = shown.create_date,
            .user_policy_list = inline_details(user),
            .group_list = user.groups,
            .attached_managed_policies = attached_details(user),
            .permissions_boundary = shown.permissions_boundary,
            .tags = to_api(user.tags)};
  }
  GroupDetail detail(const record::Group& group) const {
    const Group shown = to_api(view_.account(), group);
    return {.path = shown.path,
            .group_name = shown.group_name,
            .group_id = shown.group_id,
            .arn = shown.arn,
            .create_date = shown.create_date,
            .group_policy_list = inline_details(group),
            .attached_managed_policies = attached_details(group)};
  }
  RoleDetail detail(const record::Role& role) const {
    const Role shown = to_api(view_, role);
    std::vector<InstanceProfile> profiles;
    for (const auto& profile : view_.list<record::InstanceProfile>()) {
      if (profile.role == role.name) profiles.push_back(to_api(view_, profile));
    }
    return {.path = shown.path,
            .role_name = shown.role_name,
            .role_id = shown.role_id,
            .arn = shown.arn,
            .create_date = shown.create_date,
            .assume_role_policy_document = shown.assume_role_policy_document,
            .instance_profile_list = std::move(profiles),
            .role_policy_list = inline_details(role),
            .attached_managed_policies = attached_details(role),
            .permissions_boundary = shown.permissions_boundary,
            .tags = to_api(role.tags),
            .role_last_used = last_used(key_uses_, role, now_)};
  }
  ManagedPolicyDetail detail(const std::string& account, const record::ManagedPolicy& policy) const {
    const Policy shown = to_api(account, policy, uses_);
    std::vector<PolicyVersion> versions;
    for (const auto& version : policy.versions) versions.push_back(to_api(policy, version));
    return {.policy_name = shown.policy_name,
            .policy_id = shown.policy_id,
            .arn = shown.arn,
            .path = shown.path,
            .default_version_id = shown.default_version_id,
            .attachment_count = shown.attachment_count,
            .permissions_boundary_usage_count = shown.permissions_boundary_usage_count,
            .is_attachable = shown.is_attachable,
            .description = shown.description,
            .create_date = shown.create_date,
            .update_date = shown.update_date,
            .policy_version_list = std::move(versions)};
  }

  const View& view_;
  const GetAccountAuthorizationDetailsInput& input_;
  const KeyUses& key_uses_;
  Timestamp now_;
  PolicyUses uses_;
};

GetAccountAuthorizationDetailsOutput get_details(const Deps& deps, const Request& request,
                                                 const GetAccountAuthorizationDetailsInput& input) {
  return deps.directory.read(request.account, [&](const View& view) {
    const Details details(view, input, deps.key_uses, request.now);
    auto page = paginate(request, input, details.collect(), [](const Entry& entry) { return entry.place; });
    GetAccountAuthorizationDetailsOutput out{.user_detail_list = std::vector<UserDetail>(),
                                             .group_detail_list = std::vector<GroupDetail>(),
                                             .role_detail_list = std::vector<RoleDetail>(),
                                             .policies = std::vector<ManagedPolicyDetail>(),
                                             .is_truncated = page.is_truncated,
                                             .marker = page.marker};
    for (const Entry& entry : page.items) details.show(entry, out);
    return out;
  });
}

}  // namespace

void register_details(platform::OperationTable& table, const Deps& deps) {
  add<op::GetAccountAuthorizationDetails>(
      table, deps, Effect::kReadOnly,
      [](const Deps&, const Request&, const GetAccountAuthorizationDetailsInput&) { return ask_account(); },
      get_details);
}

}  // namespace haneul::iam
