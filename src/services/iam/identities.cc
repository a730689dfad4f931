#include "services/iam/identities.h"

#include "aws/arn.h"
#include "services/iam/ids.h"

namespace haneul::iam {

namespace {

using platform::Caller;

constexpr size_t kOpenedMax = 20'000;  // a few kilobytes each; then it starts anew

std::string session_arn(const AccountId& account, std::string_view kind, std::string_view name) {
  std::string resource(kind);
  resource.append("/").append(name);
  return aws::make_arn("sts", "", account.str(), resource);
}

}  // namespace

Caller root_caller(const AccountId& account) {
  Caller caller;
  caller.kind = Caller::Kind::kRoot;
  caller.account = account;
  caller.arn = root_arn(account.str());
  caller.unique_id = account.str();
  return caller;
}

Caller user_caller(const AccountId& account, const record::User& user) {
  Caller caller;
  caller.kind = Caller::Kind::kUser;
  caller.account = account;
  caller.arn = entity_arn(account.str(), "user", user.path, user.name);
  caller.unique_id = user.id;
  caller.name = user.name;
  caller.principal_tags = user.tags;
  return caller;
}

platform::IdentitySource::Lookup Identities::find_credential(std::string_view access_key_id,
                                                             std::string_view session_token) const {
  Lookup found = find_long_term(access_key_id);
  if (found.state == TokenState::kOk && !session_token.empty()) return {TokenState::kInvalidToken, {}};
  if (found.state == TokenState::kOk) return found;
  if (session_token.empty()) {
    // A temporary key without its token is told apart from one that never was.
    const bool temporary = access_key_id.starts_with(kTemporaryKeyPrefix);
    return {temporary ? TokenState::kInvalidToken : TokenState::kUnknownKey, {}};
  }
  return find_session(access_key_id, session_token);
}

platform::IdentitySource::Lookup Identities::find_long_term(std::string_view access_key_id) const {
  if (access_key_id.starts_with(kTemporaryKeyPrefix)) return {};
  const auto key = loader_.key(access_key_id);
  if (!key) return {};
  const AccountId account(key->account);
  platform::Credential credential{.secret_access_key = key->secret, .active = key->active};
  if (key->user.empty()) {
    credential.caller = root_caller(account);
  } else {
    const auto user = loader_.user(account, key->user);
    if (!user) return {};
    credential.caller = user_caller(account, user->record);
  }
  return {TokenState::kOk, std::move(credential)};
}

platform::IdentitySource::Lookup Identities::find_session(std::string_view access_key_id,
                                                          std::string_view token) const {
  const auto session = open(access_key_id, token);
  if (!session) return {TokenState::kInvalidToken, {}};
  auto caller = caller_of(*session);
  if (!caller) return {TokenState::kInvalidToken, {}};
  return {TokenState::kOk, platform::Credential{.secret_access_key = session->secret,
                                                .caller = std::move(*caller),
                                                .expires_at = session->expires_at}};
}

std::shared_ptr<const Session> Identities::open(std::string_view access_key_id,
                                                std::string_view token) const {
  const std::string id(access_key_id);
  {
    const std::shared_lock lock(mutex_);
    const auto found = opened_.find(id);
    if (found != opened_.end() && found->second.token == token) return found->second.session;
  }
  auto opened = open_session(access_key_id, token, token_key_.reveal());
  if (!opened) return nullptr;
  auto session = std::make_shared<const Session>(std::move(*opened));
  const std::unique_lock lock(mutex_);
  if (opened_.size() >= kOpenedMax) opened_.clear();
  opened_.insert_or_assign(id, Opened{std::string(token), session});
  return session;
}

std::optional<Caller> Identities::caller_of(const Session& session) const {
  const AccountId account(session.account);
  Caller caller;
  if (session.kind == Session::Kind::kRole) {
    const auto role = loader_.role(account, session.name);
    if (!role || role->record.id != session.principal_id) return std::nullopt;
    caller.kind = Caller::Kind::kRoleSession;
    caller.name = role->record.name;
    caller.arn = session_arn(account, "assumed-role", role->record.name + "/" + session.session_name);
    caller.role_arn = entity_arn(session.account, "role", role->record.path, role->record.name);
    caller.unique_id = role->record.id + ":" + session.session_name;
    caller.principal_tags = role->record.tags;
  } else if (session.kind == Session::Kind::kRoot) {
    caller = root_caller(account);
  } else {
    const auto user = loader_.user(account, session.name);
    if (!user || user->record.id != session.principal_id) return std::nullopt;
    caller = user_caller(account, user->record);
    if (session.kind == Session::Kind::kFederated) {
      caller.kind = Caller::Kind::kFederated;
      caller.role_arn = caller.arn;
      caller.arn = session_arn(account, "federated-user", session.session_name);
      caller.unique_id = session.account + ":" + session.session_name;
      caller.issuer_id = user->record.id;
    }
  }
  caller.account = account;
  caller.session_name = session.session_name;
  caller.token_issued_at = session.issued_at;
  caller.source_identity = session.source_identity;
  caller.transitive_tag_keys = session.transitive_tags;
  for (const auto& [key, value] : session.tags) caller.principal_tags[key] = value;
  caller.session_policies = session.policies;
  for (const std::string& arn : session.policy_arns) {
    std::string document = loader_.managed_document(arn);
    caller.session_policies.push_back(document.empty() ? std::string(deny_all_text()) : std::move(document));
  }
  return caller;
}

platform::PolicySet Identities::policies_of(const Caller& caller) const {
  switch (caller.kind) {
    case Caller::Kind::kUser:
    case Caller::Kind::kFederated: {
      const auto user = loader_.user(caller.account, caller.name);
      const bool is_same =
          user && (caller.kind == Caller::Kind::kFederated || user->record.id == caller.unique_id);
      return is_same ? policies_of_user(caller.account, *user) : platform::PolicySet{};
    }
    case Caller::Kind::kRoleSession: {
      const auto role = loader_.role(caller.role_arn);
      const bool is_same = role && caller.unique_id.starts_with(role->record.id + ":");
      return is_same ? policies_of_role(*role) : platform::PolicySet{};
    }
    case Caller::Kind::kRoot:
    case Caller::Kind::kService:
    case Caller::Kind::kAnonymous: break;
  }
  return {};
}

platform::PolicySet Identities::policies_of_user(const AccountId& account, const LoadedUser& user) const {
  platform::PolicySet out;
  add_policies(user.record, user.inline_policies, out);
  for (const std::string& name : user.record.groups) {
    if (const auto group = loader_.group(account, name)) {
      add_policies(group->record, group->inline_policies, out);
    }
  }
  add_boundary(user.record, out);
  return out;
}

platform::PolicySet Identities::policies_of_role(const LoadedRole& role) const {
  platform::PolicySet out;
  add_policies(role.record, role.inline_policies, out);
  add_boundary(role.record, out);
  return out;
}

void Identities::add_policies(const record::Entity& entity,
                              const std::vector<platform::NamedPolicy>& inline_policies,
                              platform::PolicySet& out) const {
  out.identity.insert(out.identity.end(), inline_policies.begin(), inline_policies.end());
  for (const std::string& arn : entity.attached_policies) {
    out.identity.push_back({arn, loader_.managed(arn)});
  }
}

void Identities::add_boundary(const record::Entity& entity, platform::PolicySet& out) const {
  if (entity.boundary_arn.empty()) return;
  out.boundary = platform::NamedPolicy{entity.boundary_arn, loader_.managed(entity.boundary_arn)};
}

}  // namespace haneul::iam
