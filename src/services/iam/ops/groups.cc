// Groups and their members.
#include "base/text.h"
#include "services/iam/ids.h"
#include "services/iam/limits.h"
#include "services/iam/ops/ops.h"

namespace haneul::iam {

namespace {

Asked ask_group(const Deps& deps, const Request& request, const auto& input) {
  return ask_entity<record::Group>(deps, request.account, input.group_name);
}

bool is_member(const record::User& user, std::string_view group) {
  return std::ranges::any_of(user.groups,
                             [&](const std::string& name) { return equals_ignore_case(name, group); });
}

std::vector<record::User> members_of(const View& view, std::string_view group) {
  auto users = view.list<record::User>();
  std::erase_if(users, [&](const record::User& user) { return !is_member(user, group); });
  return users;
}

CreateGroupOutput create_group(const Deps& deps, const Request& request, const CreateGroupInput& input) {
  record::Group group;
  group.name = input.group_name;
  group.path = input.path.value_or("/");
  group.id = make_unique_id(kGroupPrefix, deps.random);
  group.created_at = in_seconds(request.now);
  return deps.directory.write(request.account, [&](Rows& rows) -> CreateGroupOutput {
    if (rows.find<record::Group>(group.name)) {
      throw EntityAlreadyExistsException("Group with name " + group.name + " already exists.");
    }
    rows.put(group);
    return {.group = to_api(request.account, group)};
  });
}

GetGroupOutput get_group(const Deps& deps, const Request& request, const GetGroupInput& input) {
  return deps.directory.read(request.account, [&](const View& view) {
    const auto group = view.require<record::Group>(input.group_name);
    auto page = paginate(request, input, members_of(view, group.name),
                         [](const record::User& user) { return name_key(user.name); });
    GetGroupOutput out{.group = to_api(request.account, group),
                       .users = {},
                       .is_truncated = page.is_truncated,
                       .marker = page.marker};
    for (const auto& user : page.items) out.users.push_back(as_listed(to_api(request.account, user)));
    return out;
  });
}

UpdateGroupOutput update_group(const Deps& deps, const Request& request, const UpdateGroupInput& input) {
  deps.directory.write(request.account, [&](Rows& rows) {
    auto group = rows.require<record::Group>(input.group_name);
    const record::Group before = group;
    group.path = input.new_path.value_or(group.path);
    group.name = input.new_group_name.value_or(group.name);
    const auto taken = rows.find<record::Group>(group.name);
    if (taken && taken->id != group.id) {
      throw EntityAlreadyExistsException("Group with name " + group.name + " already exists.");
    }
    if (group.name != before.name) {
      for (record::User& user : members_of(rows, before.name)) {
        std::ranges::replace_if(
            user.groups, [&](const std::string& name) { return equals_ignore_case(name, before.name); },
            group.name);
        rows.put(user);
      }
    }
    rows.erase(before);
    rows.put(group);
  });
  return {};
}

DeleteGroupOutput delete_group(const Deps& deps, const Request& request, const DeleteGroupInput& input) {
  deps.directory.write(request.account, [&](Rows& rows) {
    const auto group = rows.require<record::Group>(input.group_name);
    if (!members_of(rows, group.name).empty()) {
      throw DeleteConflictException("Cannot delete entity, must remove users from group first.");
    }
    if (!group.inline_policies.empty()) {
      throw DeleteConflictException("Cannot delete entity, must delete policies first.");
    }
    if (!group.attached_policies.empty()) {
      throw DeleteConflictException("Cannot delete entity, must detach all policies first.");
    }
    rows.erase(group);
  });
  return {};
}

ListGroupsOutput list_groups(const Deps& deps, const Request& request, const ListGroupsInput& input) {
  return deps.directory.read(request.account, [&](const View& view) {
    auto groups = under_path(view.list<record::Group>(), input.path_prefix);
    auto page =
        paginate(request, input, std::move(groups), [](const auto& group) { return name_key(group.name); });
    ListGroupsOutput out{.groups = {}, .is_truncated = page.is_truncated, .marker = page.marker};
    for (const auto& group : page.items) out.groups.push_back(to_api(request.account, group));
    return out;
  });
}

AddUserToGroupOutput add_user_to_group(const Deps& deps, const Request& request,
                                       const AddUserToGroupInput& input) {
  deps.directory.write(request.account, [&](Rows& rows) {
    const auto group = rows.require<record::Group>(input.group_name);
    auto user = rows.require<record::User>(input.user_name);
    if (is_member(user, group.name)) return;
    if (user.groups.size() >= kGroupsPerUser) {
      throw LimitExceededException("Cannot exceed quota for GroupsPerUser: " +
                                   std::to_string(kGroupsPerUser));
    }
    user.groups.push_back(group.name);
    rows.put(user);
  });
  return {};
}

RemoveUserFromGroupOutput remove_user_from_group(const Deps& deps, const Request& request,
                                                 const RemoveUserFromGroupInput& input) {
  deps.directory.write(request.account, [&](Rows& rows) {
    const auto group = rows.require<record::Group>(input.group_name);
    auto user = rows.require<record::User>(input.user_name);
    const auto gone = std::erase_if(
        user.groups, [&](const std::string& name) { return equals_ignore_case(name, group.name); });
    if (gone == 0) View::throw_no_entity(EntityKind::kUser, input.user_name);
    rows.put(user);
  });
  return {};
}

ListGroupsForUserOutput list_groups_for_user(const Deps& deps, const Request& request,
                                             const ListGroupsForUserInput& input) {
  return deps.directory.read(request.account, [&](const View& view) {
    std::vector<record::Group> groups;
    for (const std::string& name : view.require<record::User>(input.user_name).groups) {
      if (auto group = view.find<record::Group>(name)) groups.push_back(std::move(*group));
    }
    std::ranges::sort(groups, {}, [](const record::Group& group) { return name_key(group.name); });
    auto page =
        paginate(request, input, std::move(groups), [](const auto& group) { return name_key(group.name); });
    ListGroupsForUserOutput out{.groups = {}, .is_truncated = page.is_truncated, .marker = page.marker};
    for (const auto& group : page.items) out.groups.push_back(to_api(request.account, group));
    return out;
  });
}

std::vector<Asked> ask_update(const Deps& deps, const Request& request, const UpdateGroupInput& input) {
  std::vector<Asked> out = {ask_group(deps, request, input)};
  if (!input.new_path && !input.new_group_name) return out;
  const auto name = parse_entity_arn(out[0].resource);
  out.push_back(ask_new(request.account, "group", input.new_path.value_or(name->path),
                        input.new_group_name.value_or(name->name)));
  return out;
}

}  // namespace

void register_groups(platform::OperationTable& table, const Deps& deps) {
  add<op::CreateGroup>(
      table, deps, Effect::kWrite,
      [](const Deps&, const Request& request, const CreateGroupInput& input) {
        return ask_new(request.account, "group", input.path, input.group_name);
      },
      create_group);
  add<op::GetGroup>(table, deps, Effect::kReadOnly, ask_group<GetGroupInput>, get_group);
  add<op::UpdateGroup>(table, deps, Effect::kWrite, ask_update, update_group);
  add<op::DeleteGroup>(table, deps, Effect::kWrite, ask_group<DeleteGroupInput>, delete_group);
  add<op::ListGroups>(
      table, deps, Effect::kReadOnly,
      [](const Deps&, const Request& request, const ListGroupsInput& input) {
        return ask_all(request.account, "group", input.path_prefix);
      },
      list_groups);
  add<op::AddUserToGroup>(table, deps, Effect::kWrite, ask_group<AddUserToGroupInput>, add_user_to_group);
  add<op::RemoveUserFromGroup>(table, deps, Effect::kWrite, ask_group<RemoveUserFromGroupInput>,
                               remove_user_from_group);
  add<op::ListGroupsForUser>(
      table, deps, Effect::kReadOnly,
      [](const Deps& all, const Request& request, const ListGroupsForUserInput& input) {
        return ask_entity<record::User>(all, request.account, input.user_name);
      },
      list_groups_for_user);
}

}  // namespace haneul::iam
