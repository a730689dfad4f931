// Instance profiles: a name under which one role is handed to machines.
#include "services/iam/ids.h"
#include "services/iam/limits.h"
#include "services/iam/ops/ops.h"

namespace haneul::iam {

namespace {

Asked ask_profile(const Deps& deps, const Request& request, const auto& input) {
  return ask_entity<record::InstanceProfile>(deps, request.account, input.instance_profile_name);
}

CreateInstanceProfileOutput create_profile(const Deps& deps, const Request& request,
                                           const CreateInstanceProfileInput& input) {
  const record::InstanceProfile profile{.name = input.instance_profile_name,
                                        .path = input.path.value_or("/"),
                                        .id = make_unique_id(kProfilePrefix, deps.random),
                                        .created_at = in_seconds(request.now),
                                        .role = {},
                                        .tags = read_tags(input.tags)};
  return deps.directory.write(request.account, [&](Rows& rows) -> CreateInstanceProfileOutput {
    if (rows.find<record::InstanceProfile>(profile.name)) {
      throw EntityAlreadyExistsException("Instance Profile " + profile.name + " already exists.");
    }
    rows.put(profile);
    return {.instance_profile = to_api(rows, profile)};
  });
}

GetInstanceProfileOutput get_profile(const Deps& deps, const Request& request,
                                     const GetInstanceProfileInput& input) {
  return deps.directory.read(request.account, [&](const View& view) -> GetInstanceProfileOutput {
    return {.instance_profile =
                to_api(view, view.require<record::InstanceProfile>(input.instance_profile_name))};
  });
}

DeleteInstanceProfileOutput delete_profile(const Deps& deps, const Request& request,
                                           const DeleteInstanceProfileInput& input) {
  deps.directory.write(request.account, [&](Rows& rows) {
    const auto profile = rows.require<record::InstanceProfile>(input.instance_profile_name);
    if (!profile.role.empty()) {
      throw DeleteConflictException("Cannot delete entity, must remove roles from instance profile first.");
    }
    rows.erase(profile);
  });
  return {};
}

template <class Output, class Input>
Output list(const View& view, const Request& request, const Input& input,
            std::vector<record::InstanceProfile> profiles) {
  auto page = paginate(request, input, std::move(profiles),
                       [](const auto& profile) { return name_key(profile.name); });
  Output out{.instance_profiles = {}, .is_truncated = page.is_truncated, .marker = page.marker};
  for (const auto& profile : page.items) {
    out.instance_profiles.push_back(as_listed(to_api(view, profile)));
  }
  return out;
}

ListInstanceProfilesOutput list_profiles(const Deps& deps, const Request& request,
                                         const ListInstanceProfilesInput& input) {
  return deps.directory.read(request.account, [&](const View& view) {
    return list<ListInstanceProfilesOutput>(
        view, request, input, under_path(view.list<record::InstanceProfile>(), input.path_prefix));
  });
}

ListInstanceProfilesForRoleOutput list_profiles_for_role(const Deps& deps, const Request& request,
                                                         const ListInstanceProfilesForRoleInput& input) {
  return deps.directory.read(request.account, [&](const View& view) {
    const auto role = view.require<record::Role>(input.role_name);
    auto profiles = view.list<record::InstanceProfile>();
    std::erase_if(profiles, [&](const auto& profile) { return profile.role != role.name; });
    return list<ListInstanceProfilesForRoleOutput>(view, request, input, std::move(profiles));
  });
}

AddRoleToInstanceProfileOutput add_role(const Deps& deps, const Request& request,
                                        const AddRoleToInstanceProfileInput& input) {
  deps.directory.write(request.account, [&](Rows& rows) {
    auto profile = rows.require<record::InstanceProfile>(input.instance_profile_name);
    const auto role = rows.require<record::Role>(input.role_name);
    if (!profile.role.empty()) {
      throw LimitExceededException("Cannot exceed quota for InstanceSessionsPerInstanceProfile: " +
                                   std::to_string(kRolesPerProfile));
    }
    profile.role = role.name;
    rows.put(profile);
  });
  return {};
}

RemoveRoleFromInstanceProfileOutput remove_role(const Deps& deps, const Request& request,
                                                const RemoveRoleFromInstanceProfileInput& input) {
  deps.directory.write(request.account, [&](Rows& rows) {
    auto profile = rows.require<record::InstanceProfile>(input.instance_profile_name);
    const auto role = rows.require<record::Role>(input.role_name);
    if (profile.role != role.name) View::throw_no_entity(EntityKind::kRole, input.role_name);
    profile.role.clear();
    rows.put(profile);
  });
  return {};
}

// Whoever puts a role into a profile passes it to the machines that run with it.
std::vector<Asked> ask_add_role(const Deps& deps, const Request& request,
                                const AddRoleToInstanceProfileInput& input) {
  Asked pass = ask_entity<record::Role>(deps, request.account, input.role_name)
                   .with("iam:PassedToService", "ec2.amazonaws.com");
  pass.action = "iam:PassRole";
  return {ask_profile(deps, request, input), std::move(pass)};
}

}  // namespace

void register_profiles(platform::OperationTable& table, const Deps& deps) {
  add<op::CreateInstanceProfile>(
      table, deps, Effect::kWrite,
      [](const Deps&, const Request& request, const CreateInstanceProfileInput& input) {
        return ask_new(request.account, "instance-profile", input.path, input.instance_profile_name)
            .with_request_tags(input.tags);
      },
      create_profile);
  add<op::GetInstanceProfile>(table, deps, Effect::kReadOnly, ask_profile<GetInstanceProfileInput>,
                              get_profile);
  add<op::DeleteInstanceProfile>(table, deps, Effect::kWrite, ask_profile<DeleteInstanceProfileInput>,
                                 delete_profile);
  add<op::ListInstanceProfiles>(
      table, deps, Effect::kReadOnly,
      [](const Deps&, const Request& request, const ListInstanceProfilesInput& input) {
        return ask_all(request.account, "instance-profile", input.path_prefix);
      },
      list_profiles);
  add<op::ListInstanceProfilesForRole>(
      table, deps, Effect::kReadOnly,
      [](const Deps& all, const Request& request, const ListInstanceProfilesForRoleInput& input) {
        return ask_entity<record::Role>(all, request.account, input.role_name);
      },
      list_profiles_for_role);
  add<op::AddRoleToInstanceProfile>(table, deps, Effect::kWrite, ask_add_role, add_role);
  add<op::RemoveRoleFromInstanceProfile>(table, deps, Effect::kWrite,
                                         ask_profile<RemoveRoleFromInstanceProfileInput>, remove_role);
}

}  // namespace haneul::iam
