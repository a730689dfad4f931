// Inline policies of users, groups and roles: the same four operations for each kind.
#include "base/text.h"
#include "services/iam/limits.h"
#include "services/iam/ops/ops.h"

namespace haneul::iam {

namespace {

struct KindFacts {
  const char* word;
  size_t size_max;
};
template <class T>
constexpr KindFacts kFacts{};
template <>
constexpr KindFacts kFacts<record::User>{"user", kUserInlinePolicies};
template <>
constexpr KindFacts kFacts<record::Group>{"group", kGroupInlinePolicies};
template <>
constexpr KindFacts kFacts<record::Role>{"role", kRoleInlinePolicies};

template <class T>
void check_changeable(const T& entity) {
  if constexpr (std::is_same_v<T, record::Role>) check_role_is_changeable(entity);
}

template <class T>
[[noreturn]] void throw_no_policy(const std::string& name) {
  throw NoSuchEntityException(std::string("The ") + kFacts<T>.word + " policy with name " + name +
                              " cannot be found.");
}

template <class T, class Op>
typename Op::Output put(const Deps& deps, const Request& request, const typename Op::Input& input) {
  check_policy(input.policy_document, aws::policy::PolicyKind::kIdentity);
  deps.directory.write(request.account, [&](Rows& rows) {
    T entity = rows.require<T>(name_in<T>(input));
    check_changeable(entity);
    entity.inline_policies[input.policy_name] = input.policy_document;
    size_t size = 0;
    for (const auto& [name, document] : entity.inline_policies) size += policy_size(document);
    if (size > kFacts<T>.size_max) {
      throw LimitExceededException("Maximum policy size of " + std::to_string(kFacts<T>.size_max) +
                                   " bytes exceeded for " + kFacts<T>.word + " " + entity.name);
    }
    rows.put(entity);
  });
  return {};
}

template <class T, class Op>
typename Op::Output get(const Deps& deps, const Request& request, const typename Op::Input& input) {
  return deps.directory.read(request.account, [&](const View& view) {
    const T entity = view.require<T>(name_in<T>(input));
    const auto found = entity.inline_policies.find(input.policy_name);
    if (found == entity.inline_policies.end()) throw_no_policy<T>(input.policy_name);
    return typename Op::Output{entity.name, found->first, uri_encode(found->second)};
  });
}

template <class T, class Op>
typename Op::Output remove(const Deps& deps, const Request& request, const typename Op::Input& input) {
  deps.directory.write(request.account, [&](Rows& rows) {
    T entity = rows.require<T>(name_in<T>(input));
    check_changeable(entity);
    if (entity.inline_policies.erase(input.policy_name) == 0) throw_no_policy<T>(input.policy_name);
    rows.put(entity);
  });
  return {};
}

template <class T, class Op>
typename Op::Output list(const Deps& deps, const Request& request, const typename Op::Input& input) {
  return deps.directory.read(request.account, [&](const View& view) {
    std::vector<std::string> names;
    for (const auto& [name, document] : view.require<T>(name_in<T>(input)).inline_policies) {
      names.push_back(name);
    }
    auto page = paginate(request, input, std::move(names), [](const std::string& name) { return name; });
    return typename Op::Output{
        .policy_names = std::move(page.items), .is_truncated = page.is_truncated, .marker = page.marker};
  });
}

template <class T, class Input>
Asked ask(const Deps& deps, const Request& request, const Input& input) {
  return ask_entity<T>(deps, request.account, name_in<T>(input));
}

template <class T, class Put, class Get, class Delete, class List>
void register_kind(platform::OperationTable& table, const Deps& deps) {
  add<Put>(table, deps, Effect::kWrite, ask<T, typename Put::Input>, put<T, Put>);
  add<Get>(table, deps, Effect::kReadOnly, ask<T, typename Get::Input>, get<T, Get>);
  add<Delete>(table, deps, Effect::kWrite, ask<T, typename Delete::Input>, remove<T, Delete>);
  add<List>(table, deps, Effect::kReadOnly, ask<T, typename List::Input>, list<T, List>);
}

}  // namespace

void register_inline_policies(platform::OperationTable& table, const Deps& deps) {
  register_kind<record::User, op::PutUserPolicy, op::GetUserPolicy, op::DeleteUserPolicy,
                op::ListUserPolicies>(table, deps);
  register_kind<record::Group, op::PutGroupPolicy, op::GetGroupPolicy, op::DeleteGroupPolicy,
                op::ListGroupPolicies>(table, deps);
  register_kind<record::Role, op::PutRolePolicy, op::GetRolePolicy, op::DeleteRolePolicy,
                op::ListRolePolicies>(table, deps);
}

}  // namespace haneul::iam
