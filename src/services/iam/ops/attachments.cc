// Managed policies attached to users, groups and roles: the same three operations for each kind.
#include "services/iam/limits.h"
#include "services/iam/ops/ops.h"

namespace haneul::iam {

namespace {

template <class T>
constexpr const char* kQuotaName = "";
template <>
constexpr const char* kQuotaName<record::User> = "PoliciesPerUser";
template <>
constexpr const char* kQuotaName<record::Group> = "PoliciesPerGroup";
template <>
constexpr const char* kQuotaName<record::Role> = "PoliciesPerRole";

template <class T>
void check_changeable(const T& entity) {
  if constexpr (std::is_same_v<T, record::Role>) check_role_is_changeable(entity);
}

template <class T, class Input>
Asked ask_with_policy(const Deps& deps, const Request& request, const Input& input) {
  return ask_entity<T>(deps, request.account, name_in<T>(input)).with("iam:PolicyARN", input.policy_arn);
}

template <class T, class Input>
Asked ask_listing(const Deps& deps, const Request& request, const Input& input) {
  return ask_entity<T>(deps, request.account, name_in<T>(input));
}

template <class T, class Op>
typename Op::Output attach(const Deps& deps, const Request& request, const typename Op::Input& input) {
  deps.directory.write(request.account, [&](Rows& rows) {
    T entity = rows.require<T>(name_in<T>(input));
    check_changeable(entity);
    require_attachable(rows, input.policy_arn);
    auto& attached = entity.attached_policies;
    if (std::ranges::find(attached, input.policy_arn) != attached.end()) return;
    if (attached.size() >= kAttachedPoliciesMax) {
      throw LimitExceededException(std::string("Cannot exceed quota for ") + kQuotaName<T> + ": " +
                                   std::to_string(kAttachedPoliciesMax));
    }
    attached.push_back(input.policy_arn);
    rows.put(entity);
  });
  return {};
}

template <class T, class Op>
typename Op::Output detach(const Deps& deps, const Request& request, const typename Op::Input& input) {
  deps.directory.write(request.account, [&](Rows& rows) {
    T entity = rows.require<T>(name_in<T>(input));
    check_changeable(entity);
    if (std::erase(entity.attached_policies, input.policy_arn) == 0) {
      View::throw_no_entity(EntityKind::kManagedPolicy, input.policy_arn);
    }
    rows.put(entity);
  });
  return {};
}

std::string path_of(const std::string& policy_arn) {
  const size_t first = policy_arn.find('/');
  return policy_arn.substr(first, policy_arn.rfind('/') + 1 - first);
}

template <class T, class Op>
typename Op::Output list_attached(const Deps& deps, const Request& request, const typename Op::Input& input) {
  return deps.directory.read(request.account, [&](const View& view) {
    auto arns = view.require<T>(name_in<T>(input)).attached_policies;
    const std::string prefix = input.path_prefix.value_or("/");
    std::erase_if(arns, [&](const std::string& arn) { return !path_of(arn).starts_with(prefix); });
    std::ranges::sort(arns);
    auto page = paginate(request, input, std::move(arns), [](const std::string& arn) { return arn; });
    typename Op::Output out{.attached_policies = std::vector<AttachedPolicy>(),
                            .is_truncated = page.is_truncated,
                            .marker = page.marker};
    for (const std::string& arn : page.items) out.attached_policies->push_back(to_attached(arn));
    return out;
  });
}

template <class T, class Attach, class Detach, class List>
void register_kind(platform::OperationTable& table, const Deps& deps) {
  add<Attach>(table, deps, Effect::kWrite, ask_with_policy<T, typename Attach::Input>, attach<T, Attach>);
  add<Detach>(table, deps, Effect::kWrite, ask_with_policy<T, typename Detach::Input>, detach<T, Detach>);
  add<List>(table, deps, Effect::kReadOnly, ask_listing<T, typename List::Input>, list_attached<T, List>);
}

}  // namespace

void register_attachments(platform::OperationTable& table, const Deps& deps) {
  register_kind<record::User, op::AttachUserPolicy, op::DetachUserPolicy, op::ListAttachedUserPolicies>(table,
                                                                                                        deps);
  register_kind<record::Group, op::AttachGroupPolicy, op::DetachGroupPolicy, op::ListAttachedGroupPolicies>(
      table, deps);
  register_kind<record::Role, op::AttachRolePolicy, op::DetachRolePolicy, op::ListAttachedRolePolicies>(table,
                                                                                                        deps);
}

}  // namespace haneul::iam
