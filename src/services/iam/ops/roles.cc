// Roles. Service-linked roles are made by services only, and none of Haneul's needs one.
#include "model/common_errors.h"
#include "services/iam/ids.h"
#include "services/iam/limits.h"
#include "services/iam/ops/ops.h"

namespace haneul::iam {

namespace {

Asked ask_role(const Deps& deps, const Request& request, const auto& input) {
  return ask_entity<record::Role>(deps, request.account, input.role_name);
}

void check_trust_size(const std::string& document) {
  if (policy_size(document) <= kTrustPolicySize) return;
  throw LimitExceededException("Cannot exceed quota for ACLSizePerRole: " + std::to_string(kTrustPolicySize));
}

void set_trust(const Rows& rows, record::Role& role, const std::string& document) {
  PinnedPolicy pinned = pin_trust(rows.reader(), document);
  role.trust_policy = std::move(pinned.text);
  role.trust_pins = std::move(pinned.pins);
}

CreateRoleOutput create_role(const Deps& deps, const Request& request, const CreateRoleInput& input) {
  record::Role role;
  role.name = input.role_name;
  role.path = input.path.value_or("/");
  role.id = make_unique_id(kRolePrefix, deps.random);
  role.created_at = in_seconds(request.now);
  role.description = input.description.value_or("");
  role.max_session = Seconds(input.max_session_duration.value_or(3600));
  role.tags = read_tags(input.tags);
  role.boundary_arn = input.permissions_boundary.value_or("");
  if (role.path.starts_with("/aws-service-role/")) {
    throw InvalidInputException("Roles under the path /aws-service-role/ are made by services only.");
  }
  return deps.directory.write(request.account, [&, role](Rows& rows) mutable -> CreateRoleOutput {
    set_trust(rows, role, input.assume_role_policy_document);
    check_trust_size(input.assume_role_policy_document);
    if (rows.find<record::Role>(role.name)) {
      throw EntityAlreadyExistsException("Role with name " + role.name + " already exists.");
    }
    if (!role.boundary_arn.empty()) require_attachable(rows, role.boundary_arn);
    rows.put(role);
    return {.role = to_api(rows, role)};
  });
}

GetRoleOutput get_role(const Deps& deps, const Request& request, const GetRoleInput& input) {
  return deps.directory.read(request.account, [&](const View& view) -> GetRoleOutput {
    const auto role = view.require<record::Role>(input.role_name);
    GetRoleOutput out{.role = to_api(view, role)};
    out.role.role_last_used = last_used(deps.key_uses, role, request.now);
    return out;
  });
}

UpdateRoleOutput update_role(const Deps& deps, const Request& request, const UpdateRoleInput& input) {
  deps.directory.write(request.account, [&](Rows& rows) {
    auto role = rows.require<record::Role>(input.role_name);
    check_role_is_changeable(role);
    role.description = input.description.value_or("");
    role.max_session = Seconds(input.max_session_duration.value_or(3600));
    rows.put(role);
  });
  return {};
}

UpdateRoleDescriptionOutput update_role_description(const Deps& deps, const Request& request,
                                                    const UpdateRoleDescriptionInput& input) {
  return deps.directory.write(request.account, [&](Rows& rows) -> UpdateRoleDescriptionOutput {
    auto role = rows.require<record::Role>(input.role_name);
    check_role_is_changeable(role);
    role.description = input.description;
    rows.put(role);
    return {.role = to_api(rows, role)};
  });
}

UpdateAssumeRolePolicyOutput update_assume_role_policy(const Deps& deps, const Request& request,
                                                       const UpdateAssumeRolePolicyInput& input) {
  deps.directory.write(request.account, [&](Rows& rows) {
    auto role = rows.require<record::Role>(input.role_name);
    check_role_is_changeable(role);
    set_trust(rows, role, input.policy_document);
    check_trust_size(input.policy_document);
    rows.put(role);
  });
  return {};
}

DeleteRoleOutput delete_role(const Deps& deps, const Request& request, const DeleteRoleInput& input) {
  deps.directory.write(request.account, [&](Rows& rows) {
    const auto role = rows.require<record::Role>(input.role_name);
    check_role_is_changeable(role);
    if (!role.attached_policies.empty()) {
      throw DeleteConflictException("Cannot delete entity, must detach all policies first.");
    }
    if (!role.inline_policies.empty()) {
      throw DeleteConflictException("Cannot delete entity, must delete policies first.");
    }
    for (const auto& profile : rows.list<record::InstanceProfile>()) {
      if (profile.role != role.name) continue;
      throw DeleteConflictException("Cannot delete entity, must remove roles from instance profile first.");
    }
    rows.erase_role(role);
  });
  return {};
}

ListRolesOutput list_roles(const Deps& deps, const Request& request, const ListRolesInput& input) {
  return deps.directory.read(request.account, [&](const View& view) {
    auto roles = under_path(view.list<record::Role>(), input.path_prefix);
    auto page =
        paginate(request, input, std::move(roles), [](const auto& role) { return name_key(role.name); });
    ListRolesOutput out{.roles = {}, .is_truncated = page.is_truncated, .marker = page.marker};
    for (const auto& role : page.items) out.roles.push_back(as_listed(to_api(view, role)));
    return out;
  });
}

CreateServiceLinkedRoleOutput create_service_linked_role(const Deps&, const Request&,
                                                         const CreateServiceLinkedRoleInput& input) {
  throw InvalidInputException("Service-linked roles are not supported for the service " +
                              input.aws_service_name + ".");
}

Asked ask_create(const Deps&, const Request& request, const CreateRoleInput& input) {
  Asked asked = ask_new(request.account, "role", input.path, input.role_name).with_request_tags(input.tags);
  if (input.permissions_boundary) asked.context["iam:PermissionsBoundary"] = {*input.permissions_boundary};
  return asked;
}

Asked ask_service_linked(const Deps&, const Request& request, const CreateServiceLinkedRoleInput& input) {
  return ask_new(request.account, "role", "/aws-service-role/" + input.aws_service_name + "/", "*")
      .with("iam:AWSServiceName", input.aws_service_name);
}

}  // namespace

void register_roles(platform::OperationTable& table, const Deps& deps) {
  add<op::CreateRole>(table, deps, Effect::kWrite, ask_create, create_role);
  add<op::GetRole>(table, deps, Effect::kReadOnly, ask_role<GetRoleInput>, get_role);
  add<op::UpdateRole>(table, deps, Effect::kWrite, ask_role<UpdateRoleInput>, update_role);
  add<op::UpdateRoleDescription>(table, deps, Effect::kWrite, ask_role<UpdateRoleDescriptionInput>,
                                 update_role_description);
  add<op::UpdateAssumeRolePolicy>(table, deps, Effect::kWrite, ask_role<UpdateAssumeRolePolicyInput>,
                                  update_assume_role_policy);
  add<op::DeleteRole>(table, deps, Effect::kWrite, ask_role<DeleteRoleInput>, delete_role);
  add<op::ListRoles>(
      table, deps, Effect::kReadOnly,
      [](const Deps&, const Request& request, const ListRolesInput& input) {
        return ask_all(request.account, "role", input.path_prefix);
      },
      list_roles);
  add<op::CreateServiceLinkedRole>(table, deps, Effect::kWrite, ask_service_linked,
                                   create_service_linked_role);
}

}  // namespace haneul::iam
