// Users: Create, Get, Update, Delete, List.
#include "model/common_errors.h"
#include "services/iam/ids.h"
#include "services/iam/limits.h"
#include "services/iam/ops/ops.h"

namespace haneul::iam {

namespace {

Asked ask_user(const Deps& deps, const Request& request, const auto& input) {
  return ask_entity<record::User>(deps, request.account, input.user_name);
}

CreateUserOutput create_user(const Deps& deps, const Request& request, const CreateUserInput& input) {
  record::User user;
  user.name = input.user_name;
  user.path = input.path.value_or("/");
  user.id = make_unique_id(kUserPrefix, deps.random);
  user.created_at = in_seconds(request.now);
  user.tags = read_tags(input.tags);
  user.boundary_arn = input.permissions_boundary.value_or("");
  return deps.directory.write(request.account, [&](Rows& rows) -> CreateUserOutput {
    if (rows.find<record::User>(user.name)) {
      throw EntityAlreadyExistsException("User with name " + user.name + " already exists.");
    }
    if (!user.boundary_arn.empty()) require_attachable(rows, user.boundary_arn);
    rows.put(user);
    return {.user = to_api(request.account, user)};
  });
}

GetUserOutput get_user(const Deps& deps, const Request& request, const GetUserInput& input) {
  if (!input.user_name && request.caller.kind == platform::Caller::Kind::kRoot) {
    return deps.directory.read(request.account, [&](const View& view) -> GetUserOutput {
      const auto account = view.find_account();
      User root{.path = "/", .user_name = {}, .user_id = request.account.str(), .arn = request.caller.arn};
      if (account) root.user_name = account->alias;
      if (account) root.create_date = account->created_at;
      return {.user = std::move(root)};
    });
  }
  const std::string name = user_or_caller(request, input.user_name);
  return deps.directory.read(request.account, [&](const View& view) -> GetUserOutput {
    return {.user = to_api(request.account, view.require<record::User>(name))};
  });
}

// A user's name stands in the rows of the keys as well.
void rename_keys(Rows& rows, const record::User& user) {
  for (const std::string& id : user.access_keys) {
    auto key = rows.find_key(id);
    if (!key) continue;
    key->user = user.name;
    rows.put_key(*key);
  }
}

UpdateUserOutput update_user(const Deps& deps, const Request& request, const UpdateUserInput& input) {
  deps.directory.write(request.account, [&](Rows& rows) {
    record::User user = rows.require<record::User>(input.user_name);
    const record::User before = user;
    user.path = input.new_path.value_or(user.path);
    user.name = input.new_user_name.value_or(user.name);
    const auto taken = rows.find<record::User>(user.name);
    if (taken && taken->id != user.id) {
      throw EntityAlreadyExistsException("User with name " + user.name + " already exists.");
    }
    rows.erase(before);
    rows.put(user);
    if (user.name != before.name) rename_keys(rows, user);
  });
  return {};
}

DeleteUserOutput delete_user(const Deps& deps, const Request& request, const DeleteUserInput& input) {
  deps.directory.write(request.account, [&](Rows& rows) {
    const auto user = rows.require<record::User>(input.user_name);
    if (!user.inline_policies.empty()) {
      throw DeleteConflictException("Cannot delete entity, must delete policies first.");
    }
    if (!user.attached_policies.empty()) {
      throw DeleteConflictException("Cannot delete entity, must detach all policies first.");
    }
    if (!user.access_keys.empty()) {
      throw DeleteConflictException("Cannot delete entity, must delete access keys first.");
    }
    if (!user.groups.empty()) {
      throw DeleteConflictException("Cannot delete entity, must remove users from group first.");
    }
    rows.erase(user);
  });
  return {};
}

ListUsersOutput list_users(const Deps& deps, const Request& request, const ListUsersInput& input) {
  return deps.directory.read(request.account, [&](const View& view) {
    auto users = under_path(view.list<record::User>(), input.path_prefix);
    auto page =
        paginate(request, input, std::move(users), [](const auto& user) { return name_key(user.name); });
    ListUsersOutput out{.users = {}, .is_truncated = page.is_truncated, .marker = page.marker};
    for (const auto& user : page.items) out.users.push_back(as_listed(to_api(request.account, user)));
    return out;
  });
}

Asked ask_create(const Deps&, const Request& request, const CreateUserInput& input) {
  Asked asked = ask_new(request.account, "user", input.path, input.user_name).with_request_tags(input.tags);
  if (input.permissions_boundary) asked.context["iam:PermissionsBoundary"] = {*input.permissions_boundary};
  return asked;
}

Asked ask_get(const Deps& deps, const Request& request, const GetUserInput& input) {
  if (!input.user_name && request.caller.kind != platform::Caller::Kind::kUser) {
    return {.resource = request.caller.arn, .context = {}, .action = {}};
  }
  return ask_entity<record::User>(deps, request.account, user_or_caller(request, input.user_name));
}

std::vector<Asked> ask_update(const Deps& deps, const Request& request, const UpdateUserInput& input) {
  // A user is moved only by who may touch the place it leaves and the place it goes to.
  std::vector<Asked> out = {ask_user(deps, request, input)};
  if (!input.new_path && !input.new_user_name) return out;
  const auto name = parse_entity_arn(out[0].resource);
  out.push_back(ask_new(request.account, "user", input.new_path.value_or(name->path),
                        input.new_user_name.value_or(name->name)));
  return out;
}

}  // namespace

void register_users(platform::OperationTable& table, const Deps& deps) {
  add<op::CreateUser>(table, deps, Effect::kWrite, ask_create, create_user);
  add<op::GetUser>(table, deps, Effect::kReadOnly, ask_get, get_user);
  add<op::UpdateUser>(table, deps, Effect::kWrite, ask_update, update_user);
  add<op::DeleteUser>(table, deps, Effect::kWrite, ask_user<DeleteUserInput>, delete_user);
  add<op::ListUsers>(
      table, deps, Effect::kReadOnly,
      [](const Deps&, const Request& request, const ListUsersInput& input) {
        return ask_all(request.account, "user", input.path_prefix);
      },
      list_users);
}

}  // namespace haneul::iam
