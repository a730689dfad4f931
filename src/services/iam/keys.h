// IAM's key space; the only file that knows it.
//
// All keys begin with "iam", since other services may have rows in the same shard.
//
//   scope (account, iam, "account"):   ("user", account, name), likewise "group", "role", "policy", "profile"
//   scope (iam, "key/<id>"):           ("key", id) an access key, found without knowing its account
//                                      ("key-use", id) when and for what it was last used
//   scope (iam, "role/<id>"):          ("role-use", id) when and where a role was last used
//   scope (iam, "accounts"):           ("account", id) every account there is, with alias and date
//                                      ("alias", alias) the account that has it: aliases are unique
//
// Names are compared without case, as IAM does: the key holds the lower-case name, the record the name as
// given.
#pragma once

#include "base/strong.h"
#include "store/key.h"

namespace haneul::iam {

enum class EntityKind { kUser, kGroup, kRole, kManagedPolicy, kInstanceProfile };

store::Scope account_scope(const AccountId& account);
store::Key entity_key(const AccountId& account, EntityKind kind, std::string_view name);
store::KeyRange entity_range(const AccountId& account, EntityKind kind);  // all of a kind, by name
store::Scope access_key_scope(std::string_view access_key_id);
store::Key access_key_key(std::string_view access_key_id);
store::KeyRange access_keys_in_shard();  // as all services' shards hold them
store::Key access_key_use_key(std::string_view access_key_id);
store::Scope role_use_scope(std::string_view role_id);
store::Key role_use_key(std::string_view role_id);
store::Scope accounts_scope();
store::Key account_key(const AccountId& account);
store::KeyRange accounts_range();
store::Key alias_key(std::string_view alias);

}  // namespace haneul::iam
