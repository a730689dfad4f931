// Tags of users, roles, managed policies and instance profiles.
#include "services/iam/ops/ops.h"

namespace haneul::iam {

namespace {

template <class T, class Input>
T require_tagged(const View& view, const Input& input) {
  if constexpr (std::is_same_v<T, record::ManagedPolicy>) {
    require_own_policy(view, input.policy_arn);
    return require_policy(view, input.policy_arn);
  } else if constexpr (std::is_same_v<T, record::InstanceProfile>) {
    return view.require<T>(input.instance_profile_name);
  } else {
    return view.require<T>(name_in<T>(input));
  }
}

template <class T, class Input>
Asked ask(const Deps& deps, const Request& request, const Input& input) {
  Asked asked;
  if constexpr (std::is_same_v<T, record::ManagedPolicy>) {
    asked = ask_policy(deps, input.policy_arn);
  } else if constexpr (std::is_same_v<T, record::InstanceProfile>) {
    asked = ask_entity<T>(deps, request.account, input.instance_profile_name);
  } else {
    asked = ask_entity<T>(deps, request.account, name_in<T>(input));
  }
  if constexpr (requires { input.tags; }) asked = std::move(asked).with_request_tags(input.tags);
  if constexpr (requires { input.tag_keys; }) asked = std::move(asked).with_tag_keys(input.tag_keys);
  return asked;
}

template <class T, class Op>
typename Op::Output tag(const Deps& deps, const Request& request, const typename Op::Input& input) {
  deps.directory.write(request.account, [&](Rows& rows) {
    T entity = require_tagged<T>(rows, input);
    merge_tags(entity.tags, input.tags);
    rows.put(entity);
  });
  return {};
}

template <class T, class Op>
typename Op::Output untag(const Deps& deps, const Request& request, const typename Op::Input& input) {
  deps.directory.write(request.account, [&](Rows& rows) {
    T entity = require_tagged<T>(rows, input);
    remove_tags(entity.tags, input.tag_keys);
    rows.put(entity);
  });
  return {};
}

template <class T, class Op>
typename Op::Output list(const Deps& deps, const Request& request, const typename Op::Input& input) {
  return deps.directory.read(request.account, [&](const View& view) {
    auto tags = to_api(require_tagged<T>(view, input).tags);
    auto page = paginate(request, input, std::move(tags), [](const Tag& each) { return each.key; });
    return typename Op::Output{
        .tags = std::move(page.items), .is_truncated = page.is_truncated, .marker = page.marker};
  });
}

template <class T, class TagOp, class UntagOp, class ListOp>
void register_kind(platform::OperationTable& table, const Deps& deps) {
  add<TagOp>(table, deps, Effect::kWrite, ask<T, typename TagOp::Input>, tag<T, TagOp>);
  add<UntagOp>(table, deps, Effect::kWrite, ask<T, typename UntagOp::Input>, untag<T, UntagOp>);
  add<ListOp>(table, deps, Effect::kReadOnly, ask<T, typename ListOp::Input>, list<T, ListOp>);
}

}  // namespace

void register_tags(platform::OperationTable& table, const Deps& deps) {
  register_kind<record::User, op::TagUser, op::UntagUser, op::ListUserTags>(table, deps);
  register_kind<record::Role, op::TagRole, op::UntagRole, op::ListRoleTags>(table, deps);
  register_kind<record::ManagedPolicy, op::TagPolicy, op::UntagPolicy, op::ListPolicyTags>(table, deps);
  register_kind<record::InstanceProfile, op::TagInstanceProfile, op::UntagInstanceProfile,
                op::ListInstanceProfileTags>(table, deps);
}

}  // namespace haneul::iam
