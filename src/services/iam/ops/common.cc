// Checks of input that several operations make, and what they ask to be allowed.
#include "aws/arn.h"
#include "aws/policy/policy.h"
#include "base/text.h"
#include "model/common_errors.h"
#include "platform/auth_errors.h"
#include "services/iam/aws_managed.h"
#include "services/iam/ids.h"
#include "services/iam/limits.h"
#include "services/iam/ops/ops.h"

namespace haneul::iam {

namespace {

using platform::Caller;

void add_tag_keys(Asked& asked, const record::Tags& tags) {
  for (const auto& [key, value] : tags) {
    asked.context["aws:ResourceTag/" + key] = {value};
    asked.context["iam:ResourceTag/" + key] = {value};
  }
}

template <class T>
std::optional<T> find_durable(const Deps& deps, const AccountId& account, const std::string& name) {
  return deps.directory.read(account, [&](const View& view) { return view.find<T>(name); });
}

}  // namespace

Asked Asked::with_request_tags(const std::optional<std::vector<Tag>>& tags) && {
  if (!tags || tags->empty()) return std::move(*this);
  std::vector<std::string>& keys = context["aws:TagKeys"];
  for (const Tag& tag : *tags) {
    context["aws:RequestTag/" + tag.key] = {tag.value};
    keys.push_back(tag.key);
  }
  return std::move(*this);
}

Asked Asked::with_tag_keys(const std::vector<std::string>& keys) && {
  context["aws:TagKeys"] = keys;
  return std::move(*this);
}

void refuse_session_without_mfa(const Request& request) {
  const Caller& caller = request.caller;
  const bool is_role = caller.kind == Caller::Kind::kRoleSession;
  if (caller.token_issued_at && !is_role) {
    platform::throw_auth_failure(*request.service, platform::AuthFailure::kInvalidToken);
  }
}

platform::AccessChecks to_checks(std::string_view operation, std::vector<Asked> asked) {
  platform::AccessChecks checks;
  for (Asked& one : asked) {
    platform::AccessCheck check;
    check.action = one.action.empty() ? "iam:" + std::string(operation) : std::move(one.action);
    check.resource = std::move(one.resource);
    check.context = std::move(one.context);
    checks.push_back(std::move(check));
  }
  return checks;
}

template <class T>
Asked ask_entity(const Deps& deps, const AccountId& account, const std::string& name) {
  Asked asked;
  const auto entity = find_durable<T>(deps, account, name);
  if (!entity) {
    asked.resource = entity_arn(account.str(), RowOf<T>::kArnKind, "/", name);
    return asked;
  }
  asked.resource = arn_of(account, *entity);
  if constexpr (!std::is_same_v<T, record::Group>) add_tag_keys(asked, entity->tags);
  if constexpr (std::is_base_of_v<record::Entity, T>) {
    if (!entity->boundary_arn.empty()) asked.context["iam:PermissionsBoundary"] = {entity->boundary_arn};
  }
  return asked;
}
template Asked ask_entity<record::User>(const Deps&, const AccountId&, const std::string&);
template Asked ask_entity<record::Group>(const Deps&, const AccountId&, const std::string&);
template Asked ask_entity<record::Role>(const Deps&, const AccountId&, const std::string&);
template Asked ask_entity<record::InstanceProfile>(const Deps&, const AccountId&, const std::string&);

Asked ask_policy(const Deps& deps, const std::string& policy_arn) {
  Asked asked{.resource = policy_arn, .context = {}, .action = {}};
  const auto name = parse_entity_arn(policy_arn);
  if (!name || !aws::is_account_id(name->account)) return asked;
  const auto policy = find_durable<record::ManagedPolicy>(deps, AccountId(name->account), name->name);
  if (policy) add_tag_keys(asked, policy->tags);
  return asked;
}

Asked ask_new(const AccountId& account, std::string_view arn_kind, const std::optional<std::string>& path,
              const std::string& name) {
  return {
      .resource = entity_arn(account.str(), arn_kind, path.value_or("/"), name), .context = {}, .action = {}};
}

Asked ask_all(const AccountId& account, std::string_view arn_kind,
              const std::optional<std::string>& path_prefix) {
  return {.resource = entity_arn(account.str(), arn_kind, path_prefix.value_or("/"), ""),
          .context = {},
          .action = {}};
}

std::string user_or_caller(const Request& request, const std::optional<std::string>& name) {
  if (name) return *name;
  if (request.caller.kind != Caller::Kind::kUser) {
    throw model::ValidationError("Must specify userName when calling with non-User credentials");
  }
  return request.caller.name;
}

record::Tags read_tags(const std::optional<std::vector<Tag>>& tags) {
  record::Tags out;
  if (tags) merge_tags(out, *tags);
  return out;
}

void merge_tags(record::Tags& into, const std::vector<Tag>& tags) {
  record::Tags given;
  for (const Tag& tag : tags) {
    if (to_lower(tag.key).starts_with("aws:")) {
      throw InvalidInputException("Tag keys that begin with aws: are reserved for system use.");
    }
    if (!given.emplace(to_lower(tag.key), tag.value).second) {
      throw InvalidInputException(
          "Duplicate tag keys found. Please note that Tag keys are case insensitive.");
    }
    // Keys are compared without case, and shown as they were given last.
    std::erase_if(into, [&](const auto& known) { return equals_ignore_case(known.first, tag.key); });
    into.emplace(tag.key, tag.value);
  }
  if (into.size() > kTagsMax) {
    throw LimitExceededException("The number of tags has reached the maximum limit.");
  }
}

void remove_tags(record::Tags& from, const std::vector<std::string>& keys) {
  for (const std::string& key : keys) {
    std::erase_if(from, [&](const auto& known) { return equals_ignore_case(known.first, key); });
  }
}

void check_policy(const std::string& document, aws::policy::PolicyKind kind) {
  try {
    aws::policy::parse_policy(document, kind);
  } catch (const aws::policy::MalformedPolicy& error) {
    throw MalformedPolicyDocumentException(error.what());
  }
}

PinnedPolicy pin_trust(store::Reader& reader, const std::string& document) {
  check_policy(document, aws::policy::PolicyKind::kTrust);
  auto pinned = pin_principals(reader, document, aws::policy::PolicyKind::kTrust);
  if (pinned) return std::move(*pinned);
  throw MalformedPolicyDocumentException("Invalid principal in policy: \"AWS\":\"" + pinned.error() + "\"");
}

RoleLastUsed last_used(const KeyUses& uses, const record::Role& role, Timestamp now) {
  const auto use = uses.last_use_of_role(role.id);
  if (!use || use->at + kRoleUseTracked < now) return {};
  return {.last_used_date = in_seconds(use->at), .region = use->region};
}

size_t policy_size(std::string_view document) {
  return static_cast<size_t>(std::ranges::count_if(
      document, [](char c) { return c != ' ' && c != '\n' && c != '\r' && c != '\t'; }));
}

std::optional<record::ManagedPolicy> find_policy(const View& view, const std::string& policy_arn) {
  if (const AwsManagedPolicy* known = find_aws_managed_policy(policy_arn)) return known->record;
  const auto name = parse_entity_arn(policy_arn);
  if (!name || name->kind != "policy") throw InvalidInputException("ARN " + policy_arn + " is not valid.");
  if (name->account != view.account().str()) return std::nullopt;
  auto policy = view.find<record::ManagedPolicy>(name->name);
  const bool same = policy && policy->path == name->path && policy->name == name->name;
  return same ? std::move(policy) : std::nullopt;
}

record::ManagedPolicy require_policy(const View& view, const std::string& policy_arn) {
  auto policy = find_policy(view, policy_arn);
  if (!policy) View::throw_no_entity(EntityKind::kManagedPolicy, policy_arn);
  return std::move(*policy);
}

void require_own_policy(const View& view, const std::string& policy_arn) {
  const auto name = parse_entity_arn(policy_arn);
  if (name && name->account != view.account().str()) {
    throw model::AccessDenied("The policy " + policy_arn + " is not in the scope of this account.");
  }
}

void require_attachable(const View& view, const std::string& policy_arn) {
  if (find_policy(view, policy_arn)) return;
  throw NoSuchEntityException("Policy " + policy_arn + " does not exist or is not attachable.");
}

void check_role_is_changeable(const record::Role& role) {
  if (role.service_linked_by.empty()) return;
  throw UnmodifiableEntityException("Cannot perform the operation on the protected role '" + role.name +
                                    "' - this role is only modifiable by AWS");
}

std::string open_marker(const Request& request, const std::optional<std::string>& marker) {
  if (!marker) return {};
  const auto position = platform::open_page_token(request.operation->name, request.account, *marker);
  if (!position) throw model::ValidationError("Invalid Marker.");
  return *position;
}

std::string name_key(std::string_view name) { return to_lower(name); }

}  // namespace haneul::iam
