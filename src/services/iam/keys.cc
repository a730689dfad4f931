#include "services/iam/keys.h"

#include "base/text.h"

namespace haneul::iam {

namespace {

std::string_view kind_name(EntityKind kind) {
  switch (kind) {
    case EntityKind::kUser: return "user";
    case EntityKind::kGroup: return "group";
    case EntityKind::kRole: return "role";
    case EntityKind::kManagedPolicy: return "policy";
    case EntityKind::kInstanceProfile: return "profile";
  }
  return "";
}

store::KeyWriter begin(const store::Scope& scope, std::string_view kind) {
  return std::move(store::KeyWriter(scope).text("iam").text(kind));
}

}  // namespace

store::Scope account_scope(const AccountId& account) {
  return store::make_scope(account, Region(), "iam", "account");
}

store::Key entity_key(const AccountId& account, EntityKind kind, std::string_view name) {
  return begin(account_scope(account), kind_name(kind)).text(account.str()).text(to_lower(name)).key();
}

store::KeyRange entity_range(const AccountId& account, EntityKind kind) {
  return begin(account_scope(account), kind_name(kind)).text(account.str()).range();
}

store::Scope access_key_scope(std::string_view access_key_id) {
  return store::make_scope(AccountId(), Region(), "iam", "key/" + std::string(access_key_id));
}

store::Key access_key_key(std::string_view access_key_id) {
  return begin(access_key_scope(access_key_id), "key").text(access_key_id).key();
}

store::Key access_key_use_key(std::string_view access_key_id) {
  return begin(access_key_scope(access_key_id), "key-use").text(access_key_id).key();
}

store::KeyRange access_keys_in_shard() { return begin(store::Scope{}, "key").range(); }

store::Scope role_use_scope(std::string_view role_id) {
  return store::make_scope(AccountId(), Region(), "iam", "role/" + std::string(role_id));
}

store::Key role_use_key(std::string_view role_id) {
  return begin(role_use_scope(role_id), "role-use").text(role_id).key();
}

store::Scope accounts_scope() { return store::make_scope(AccountId(), Region(), "iam", "accounts"); }

store::Key account_key(const AccountId& account) {
  return begin(accounts_scope(), "account").text(account.str()).key();
}

store::Key alias_key(std::string_view alias) { return begin(accounts_scope(), "alias").text(alias).key(); }

store::KeyRange accounts_range() { return begin(accounts_scope(), "account").range(); }

}  // namespace haneul::iam
