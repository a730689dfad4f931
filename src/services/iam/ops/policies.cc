// Managed policies: Create, Get, Delete, List, and who uses one.
#include "services/iam/aws_managed.h"
#include "services/iam/ids.h"
#include "services/iam/limits.h"
#include "services/iam/ops/ops.h"

namespace haneul::iam {

namespace {

Asked ask_named(const Deps& deps, const Request&, const auto& input) {
  return ask_policy(deps, input.policy_arn);
}

std::string owner_of(const std::string& policy_arn) { return parse_entity_arn(policy_arn)->account; }

CreatePolicyOutput create_policy(const Deps& deps, const Request& request, const CreatePolicyInput& input) {
  check_policy(input.policy_document, aws::policy::PolicyKind::kManaged);
  if (policy_size(input.policy_document) > kManagedPolicySize) {
    throw LimitExceededException("Cannot exceed quota for PolicySize: " + std::to_string(kManagedPolicySize));
  }
  const Timestamp now = in_seconds(request.now);
  const record::ManagedPolicy policy{
      .name = input.policy_name,
      .path = input.path.value_or("/"),
      .id = make_unique_id(kPolicyPrefix, deps.random),
      .description = input.description.value_or(""),
      .created_at = now,
      .updated_at = now,
      .versions = {{.id = "v1", .document = input.policy_document, .created_at = now}},
      .default_version = "v1",
      .tags = read_tags(input.tags)};
  return deps.directory.write(request.account, [&](Rows& rows) -> CreatePolicyOutput {
    if (rows.find<record::ManagedPolicy>(policy.name)) {
      throw EntityAlreadyExistsException("A policy called " + policy.name +
                                         " already exists. Duplicate names are not allowed.");
    }
    rows.put(policy);
    Policy shown = to_api(request.account.str(), policy, {});
    shown.description.reset();  // answered by GetPolicy only
    return {.policy = std::move(shown)};
  });
}

GetPolicyOutput get_policy(const Deps& deps, const Request& request, const GetPolicyInput& input) {
  return deps.directory.read(request.account, [&](const View& view) -> GetPolicyOutput {
    const auto policy = require_policy(view, input.policy_arn);
    return {.policy = to_api(owner_of(input.policy_arn), policy, count_policy_uses(view))};
  });
}

DeletePolicyOutput delete_policy(const Deps& deps, const Request& request, const DeletePolicyInput& input) {
  deps.directory.write(request.account, [&](Rows& rows) {
    require_own_policy(rows, input.policy_arn);
    const auto policy = require_policy(rows, input.policy_arn);
    const PolicyUses uses = count_policy_uses(rows);
    if (uses.attached.contains(input.policy_arn) || uses.as_boundary.contains(input.policy_arn)) {
      throw DeleteConflictException("Cannot delete a policy attached to entities.");
    }
    if (policy.versions.size() > 1) {
      throw DeleteConflictException(
          "This policy has more than one version. Before you delete a policy, you must delete the policy's "
          "versions. The default version is deleted with the policy.");
    }
    rows.erase(policy);
  });
  return {};
}

struct Listed {
  std::string account;
  record::ManagedPolicy policy;
};

bool is_wanted(const Listed& listed, const ListPoliciesInput& input, const PolicyUses& uses) {
  const std::string arn = entity_arn(listed.account, "policy", listed.policy.path, listed.policy.name);
  const bool attached = uses.attached.contains(arn);
  const bool as_boundary = uses.as_boundary.contains(arn);
  if (input.policy_usage_filter == "PermissionsPolicy" && !attached) return false;
  if (input.policy_usage_filter == "PermissionsBoundary" && !as_boundary) return false;
  if (input.only_attached.value_or(false) && !attached && !as_boundary) return false;
  return listed.policy.path.starts_with(input.path_prefix.value_or("/"));
}

ListPoliciesOutput list_policies(const Deps& deps, const Request& request, const ListPoliciesInput& input) {
  return deps.directory.read(request.account, [&](const View& view) {
    const std::string scope = input.scope.value_or("All");
    const PolicyUses uses = count_policy_uses(view);
    std::vector<Listed> all;
    if (scope != "AWS") {
      for (auto& policy : view.list<record::ManagedPolicy>()) all.push_back({view.account().str(), policy});
    }
    if (scope != "Local") {
      for (const auto& [arn, known] : aws_managed_policies()) all.push_back({"aws", known.record});
    }
    std::erase_if(all, [&](const Listed& listed) { return !is_wanted(listed, input, uses); });
    const auto key = [](const Listed& listed) {
      // The account's own come first, then AWS's, each by name.
      return (listed.account == "aws" ? "2" : "1") + name_key(listed.policy.name);
    };
    std::ranges::sort(all, {}, key);
    auto page = paginate(request, input, std::move(all), key);
    ListPoliciesOutput out{
        .policies = std::vector<Policy>(), .is_truncated = page.is_truncated, .marker = page.marker};
    for (const Listed& listed : page.items) {
      Policy shown = as_listed(to_api(listed.account, listed.policy, uses));
      shown.description.reset();
      out.policies->push_back(std::move(shown));
    }
    return out;
  });
}

struct PolicyEntity {
  enum class Kind { kGroup, kRole, kUser } kind;
  std::string name, id;
};

template <class T>
void add_entities(const View& view, const ListEntitiesForPolicyInput& input, PolicyEntity::Kind kind,
                  std::vector<PolicyEntity>& out) {
  const std::string usage = input.policy_usage_filter.value_or("");
  for (const T& entity : view.list<T>()) {
    const bool attached =
        std::ranges::find(entity.attached_policies, input.policy_arn) != entity.attached_policies.end();
    const bool as_boundary = entity.boundary_arn == input.policy_arn;
    const bool wanted =
        (attached && usage != "PermissionsBoundary") || (as_boundary && usage != "PermissionsPolicy");
    if (wanted && entity.path.starts_with(input.path_prefix.value_or("/"))) {
      out.push_back({kind, entity.name, entity.id});
    }
  }
}

ListEntitiesForPolicyOutput list_entities_for_policy(const Deps& deps, const Request& request,
                                                     const ListEntitiesForPolicyInput& input) {
  using Kind = PolicyEntity::Kind;
  return deps.directory.read(request.account, [&](const View& view) {
    require_policy(view, input.policy_arn);
    const std::string filter = input.entity_filter.value_or("");
    const bool all = filter.empty() || filter == "LocalManagedPolicy" || filter == "AWSManagedPolicy";
    std::vector<PolicyEntity> found;
    if (all || filter == "Group") add_entities<record::Group>(view, input, Kind::kGroup, found);
    if (all || filter == "Role") add_entities<record::Role>(view, input, Kind::kRole, found);
    if (all || filter == "User") add_entities<record::User>(view, input, Kind::kUser, found);
    auto page = paginate(request, input, std::move(found), [](const PolicyEntity& entity) {
      return std::to_string(static_cast<int>(entity.kind)) + name_key(entity.name);
    });
    ListEntitiesForPolicyOutput out{.policy_groups = std::vector<PolicyGroup>(),
                                    .policy_users = std::vector<PolicyUser>(),
                                    .policy_roles = std::vector<PolicyRole>(),
                                    .is_truncated = page.is_truncated,
                                    .marker = page.marker};
    for (const PolicyEntity& entity : page.items) {
      switch (entity.kind) {
        case Kind::kGroup: out.policy_groups->push_back({entity.name, entity.id}); break;
        case Kind::kRole: out.policy_roles->push_back({entity.name, entity.id}); break;
        case Kind::kUser: out.policy_users->push_back({entity.name, entity.id}); break;
      }
    }
    return out;
  });
}

}  // namespace

void register_policies(platform::OperationTable& table, const Deps& deps) {
  add<op::CreatePolicy>(
      table, deps, Effect::kWrite,
      [](const Deps&, const Request& request, const CreatePolicyInput& input) {
        return ask_new(request.account, "policy", input.path, input.policy_name)
            .with_request_tags(input.tags);
      },
      create_policy);
  add<op::GetPolicy>(table, deps, Effect::kReadOnly, ask_named<GetPolicyInput>, get_policy);
  add<op::DeletePolicy>(table, deps, Effect::kWrite, ask_named<DeletePolicyInput>, delete_policy);
  add<op::ListPolicies>(
      table, deps, Effect::kReadOnly,
      [](const Deps&, const Request& request, const ListPoliciesInput& input) {
        return ask_all(request.account, "policy", input.path_prefix);
      },
      list_policies);
  add<op::ListEntitiesForPolicy>(table, deps, Effect::kReadOnly, ask_named<ListEntitiesForPolicyInput>,
                                 list_entities_for_policy);
}

}  // namespace haneul::iam
