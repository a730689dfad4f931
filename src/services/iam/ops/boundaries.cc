// Permissions boundaries of users and roles.
#include "services/iam/ops/ops.h"

namespace haneul::iam {

namespace {

template <class T>
void check_changeable(const T& entity) {
  if constexpr (std::is_same_v<T, record::Role>) check_role_is_changeable(entity);
}

template <class T, class Op>
typename Op::Output put(const Deps& deps, const Request& request, const typename Op::Input& input) {
  deps.directory.write(request.account, [&](Rows& rows) {
    T entity = rows.require<T>(name_in<T>(input));
    check_changeable(entity);
    require_attachable(rows, input.permissions_boundary);
    entity.boundary_arn = input.permissions_boundary;
    rows.put(entity);
  });
  return {};
}

template <class T, class Op>
typename Op::Output remove(const Deps& deps, const Request& request, const typename Op::Input& input) {
  deps.directory.write(request.account, [&](Rows& rows) {
    T entity = rows.require<T>(name_in<T>(input));
    check_changeable(entity);
    if (entity.boundary_arn.empty()) {
      throw NoSuchEntityException("The entity " + entity.name + " does not have a permissions boundary.");
    }
    entity.boundary_arn.clear();
    rows.put(entity);
  });
  return {};
}

template <class T, class Put, class Delete>
void register_kind(platform::OperationTable& table, const Deps& deps) {
  // The key holds the boundary that is asked for, not the one that stands.
  const auto ask_put = [](const Deps& all, const Request& request, const typename Put::Input& input) {
    return ask_entity<T>(all, request.account, name_in<T>(input))
        .with("iam:PermissionsBoundary", input.permissions_boundary);
  };
  const auto ask_delete = [](const Deps& all, const Request& request, const typename Delete::Input& input) {
    return ask_entity<T>(all, request.account, name_in<T>(input));
  };
  add<Put>(table, deps, Effect::kWrite, ask_put, put<T, Put>);
  add<Delete>(table, deps, Effect::kWrite, ask_delete, remove<T, Delete>);
}

}  // namespace

void register_boundaries(platform::OperationTable& table, const Deps& deps) {
  register_kind<record::User, op::PutUserPermissionsBoundary, op::DeleteUserPermissionsBoundary>(table, deps);
  register_kind<record::Role, op::PutRolePermissionsBoundary, op::DeleteRolePermissionsBoundary>(table, deps);
}

}  // namespace haneul::iam
