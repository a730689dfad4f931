#include "services/iam/rows.h"

#include "gen/iam/errors.h"

namespace haneul::iam {

std::optional<record::AccessKey> View::find_key(std::string_view access_key_id) const {
  const auto bytes = reader_.get(access_key_key(access_key_id));
  if (!bytes) return std::nullopt;
  return record::access_key_from(store::decode_record(*bytes));
}

std::optional<record::Account> View::find_account() const {
  const auto bytes = reader_.get(account_key(account_));
  if (!bytes) return std::nullopt;
  return record::account_from(store::decode_record(*bytes));
}

void View::throw_no_entity(EntityKind kind, std::string_view name) {
  const std::string text(name);
  switch (kind) {
    case EntityKind::kUser: throw NoSuchEntityException("The user with name " + text + " cannot be found.");
    case EntityKind::kGroup: throw NoSuchEntityException("The group with name " + text + " cannot be found.");
    case EntityKind::kRole: throw NoSuchEntityException("The role with name " + text + " cannot be found.");
    case EntityKind::kInstanceProfile:
      throw NoSuchEntityException("Instance Profile " + text + " cannot be found.");
    case EntityKind::kManagedPolicy: break;
  }
  throw NoSuchEntityException("Policy " + text + " was not found.");
}

void Rows::erase_key(std::string_view access_key_id) {
  remove(access_key_key(access_key_id));
  remove(access_key_use_key(access_key_id));
}

void Rows::erase_role(const record::Role& role) {
  erase(role);
  remove(role_use_key(role.id));
}

void Rows::put_account(const record::Account& account_record) {
  write(account_key(account()), to_document(account_record));
}

void Rows::write(const store::Key& key, const Document& document) {
  tx_.put(key, store::encode_record(document));
  cache_.changed(tx_, key);
}

void Rows::remove(const store::Key& key) {
  tx_.del(key);
  cache_.changed(tx_, key);
}

}  // namespace haneul::iam
