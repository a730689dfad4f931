// What the operation files share: their dependencies, the way they are registered, and the checks of input
// that several make. Every operation's IAM action is its own name; each file says on which resource it asks
// and with which condition keys. Service Authorization Reference, "AWS Identity and Access Management".
#pragma once

#include <algorithm>

#include "aws/policy/policy.h"
#include "gen/iam/errors.h"
#include "gen/iam/operations.h"
#include "gen/iam/types.h"
#include "platform/operation_table.h"
#include "platform/pagination.h"
#include "services/iam/identities.h"
#include "services/iam/key_uses.h"
#include "services/iam/pins.h"
#include "services/iam/views.h"

namespace haneul::iam {

struct Deps {
  const Directory& directory;
  const Identities& identities;
  const KeyUses& key_uses;
  Random& random;
};

using platform::Effect;
using platform::Request;

// One check that an operation asks for.
struct Asked {
  std::string resource;
  std::map<std::string, std::vector<std::string>> context;
  std::string action;  // when it is not the operation's own

  Asked with(std::string key, std::string value) && {
    context[std::move(key)] = {std::move(value)};
    return std::move(*this);
  }
  Asked with_request_tags(const std::optional<std::vector<Tag>>& tags) &&;
  Asked with_tag_keys(const std::vector<std::string>& keys) &&;
};
inline std::vector<Asked> to_list(Asked asked) { return {std::move(asked)}; }
inline std::vector<Asked> to_list(std::vector<Asked> asked) { return asked; }

// Credentials of GetSessionToken and GetFederationToken have no way into IAM: no MFA stands behind them.
void refuse_session_without_mfa(const Request& request);
platform::AccessChecks to_checks(std::string_view operation, std::vector<Asked> asked);

// ask(deps, request, input) -> Asked or a list; run(deps, request, input) -> output.
template <class Op, class Ask, class Run>
void add(platform::OperationTable& table, const Deps& deps, Effect effect, Ask ask, Run run) {
  using Input = typename Op::Input;
  table.add<Op>(
      {.access =
           [&deps, ask](const Request& request, const Input& input) {
             refuse_session_without_mfa(request);
             return to_checks(Op::model().name, to_list(ask(deps, request, input)));
           },
       .run = [&deps, run](const Request& request, const Input& input) { return run(deps, request, input); },
       .effect = effect});
}

void register_users(platform::OperationTable& table, const Deps& deps);
void register_groups(platform::OperationTable& table, const Deps& deps);
void register_roles(platform::OperationTable& table, const Deps& deps);
void register_access_keys(platform::OperationTable& table, const Deps& deps);
void register_policies(platform::OperationTable& table, const Deps& deps);
void register_policy_versions(platform::OperationTable& table, const Deps& deps);
void register_attachments(platform::OperationTable& table, const Deps& deps);
void register_inline_policies(platform::OperationTable& table, const Deps& deps);
void register_boundaries(platform::OperationTable& table, const Deps& deps);
void register_tags(platform::OperationTable& table, const Deps& deps);
void register_profiles(platform::OperationTable& table, const Deps& deps);
void register_account(platform::OperationTable& table, const Deps& deps);
void register_details(platform::OperationTable& table, const Deps& deps);
void register_simulation(platform::OperationTable& table, const Deps& deps);

// The resource of an entity that may or may not be there, with its tags and boundary as condition keys.
template <class T>
Asked ask_entity(const Deps& deps, const AccountId& account, const std::string& name);
Asked ask_policy(const Deps& deps, const std::string& policy_arn);
// Of one that is about to be made.
Asked ask_new(const AccountId& account, std::string_view arn_kind, const std::optional<std::string>& path,
              const std::string& name);
// Of a listing: all of a kind under a path.
Asked ask_all(const AccountId& account, std::string_view arn_kind,
              const std::optional<std::string>& path_prefix);
inline Asked ask_account() { return {.resource = "*", .context = {}, .action = {}}; }

// The name member of an input by the kind of entity it names.
template <class T, class Input>
const std::string& name_in(const Input& input) {
  if constexpr (std::is_same_v<T, record::User>) return input.user_name;
  if constexpr (std::is_same_v<T, record::Group>) return input.group_name;
  if constexpr (std::is_same_v<T, record::Role>) return input.role_name;
}
// The user an operation means: the named one, else the caller. Throws ValidationError for callers that are no
// users.
std::string user_or_caller(const Request& request, const std::optional<std::string>& name);

inline Timestamp in_seconds(Timestamp at) { return std::chrono::floor<Seconds>(at); }
record::Tags read_tags(const std::optional<std::vector<Tag>>& tags);
void merge_tags(record::Tags& into, const std::vector<Tag>& tags);
void remove_tags(record::Tags& from, const std::vector<std::string>& keys);

// Throw MalformedPolicyDocument; a trust policy's principals must exist where we know their account.
void check_policy(const std::string& document, aws::policy::PolicyKind kind);
PinnedPolicy pin_trust(store::Reader& reader, const std::string& document);
size_t policy_size(std::string_view document);  // without white space
// Throws NoSuchEntity or InvalidInput unless the policy can be attached in this account.
void require_attachable(const View& view, const std::string& policy_arn);
std::optional<record::ManagedPolicy> find_policy(const View& view, const std::string& policy_arn);
record::ManagedPolicy require_policy(const View& view, const std::string& policy_arn);
void require_own_policy(const View& view, const std::string& policy_arn);
// Empty of a role that was not used within the time that IAM looks back on.
RoleLastUsed last_used(const KeyUses& uses, const record::Role& role, Timestamp now);
void check_role_is_changeable(const record::Role& role);

template <class T>
struct Page {
  std::vector<T> items;
  bool is_truncated = false;
  std::optional<std::string> marker;
};

std::string open_marker(const Request& request, const std::optional<std::string>& marker);

// items stand in the order of key(item), which is unique.
template <class T, class Input, class Key>
Page<T> paginate(const Request& request, const Input& input, std::vector<T> items, Key key) {
  constexpr size_t kDefaultItems = 100;
  const std::string after = open_marker(request, input.marker);
  const size_t limit = input.max_items ? static_cast<size_t>(*input.max_items) : kDefaultItems;
  Page<T> page;
  for (T& item : items) {
    if (!after.empty() && std::string(key(item)) <= after) continue;
    if (page.items.size() == limit) {
      page.is_truncated = true;
      page.marker = platform::make_page_token(request.operation->name, request.account,
                                              std::string(key(page.items.back())));
      break;
    }
    page.items.push_back(std::move(item));
  }
  return page;
}

template <class T>
std::vector<T> under_path(std::vector<T> entities, const std::optional<std::string>& path_prefix) {
  if (path_prefix) std::erase_if(entities, [&](const T& one) { return !one.path.starts_with(*path_prefix); });
  return entities;
}

std::string name_key(std::string_view name);  // the order of names

}  // namespace haneul::iam
