// View and Rows: IAM's records of one account inside a transaction. View reads, Rows writes as well and tells
// the cache of every change; nothing else writes IAM's rows. Names are found without regard to case.
// Thread rule: that of the transaction.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "services/iam/cache.h"
#include "services/iam/keys.h"
#include "services/iam/records.h"
#include "store/db.h"
#include "store/record.h"

namespace haneul::iam {

template <class T>
struct RowOf;
template <>
struct RowOf<record::User> {
  static constexpr EntityKind kKind = EntityKind::kUser;
  static constexpr std::string_view kArnKind = "user";
  static record::User read(const Document& document) { return record::user_from(document); }
};
template <>
struct RowOf<record::Group> {
  static constexpr EntityKind kKind = EntityKind::kGroup;
  static constexpr std::string_view kArnKind = "group";
  static record::Group read(const Document& document) { return record::group_from(document); }
};
template <>
struct RowOf<record::Role> {
  static constexpr EntityKind kKind = EntityKind::kRole;
  static constexpr std::string_view kArnKind = "role";
  static record::Role read(const Document& document) { return record::role_from(document); }
};
template <>
struct RowOf<record::ManagedPolicy> {
  static constexpr EntityKind kKind = EntityKind::kManagedPolicy;
  static constexpr std::string_view kArnKind = "policy";
  static record::ManagedPolicy read(const Document& document) {
    return record::managed_policy_from(document);
  }
};
template <>
struct RowOf<record::InstanceProfile> {
  static constexpr EntityKind kKind = EntityKind::kInstanceProfile;
  static constexpr std::string_view kArnKind = "instance-profile";
  static record::InstanceProfile read(const Document& document) {
    return record::instance_profile_from(document);
  }
};

class View {
 public:
  View(store::Reader& reader, AccountId account) : reader_(reader), account_(std::move(account)) {}
  const AccountId& account() const { return account_; }

  template <class T>
  std::optional<T> find(std::string_view name) const {
    const auto bytes = reader_.get(entity_key(account_, RowOf<T>::kKind, name));
    if (!bytes) return std::nullopt;
    return RowOf<T>::read(store::decode_record(*bytes));
  }
  // Throws NoSuchEntity in IAM's words.
  template <class T>
  T require(std::string_view name) const {
    auto found = find<T>(name);
    if (!found) throw_no_entity(RowOf<T>::kKind, name);
    return std::move(*found);
  }
  // In the order of the lower-case names.
  template <class T>
  std::vector<T> list() const {
    std::vector<T> out;
    const store::KeyRange range = entity_range(account_, RowOf<T>::kKind);
    for (const store::Entry& entry : reader_.scan(account_scope(account_).shard, range)) {
      out.push_back(RowOf<T>::read(store::decode_record(entry.value)));
    }
    return out;
  }
  std::optional<record::AccessKey> find_key(std::string_view access_key_id) const;
  std::optional<record::Account> find_account() const;
  store::Reader& reader() const { return reader_; }

  [[noreturn]] static void throw_no_entity(EntityKind kind, std::string_view name);

 private:
  store::Reader& reader_;
  AccountId account_;
};

class Rows : public View {
 public:
  Rows(store::Tx& tx, AccountId account, const IdentityCache& cache)
      : View(tx, std::move(account)), tx_(tx), cache_(cache) {}

  template <class T>
  void put(const T& entity) {
    write(entity_key(account(), RowOf<T>::kKind, entity.name), to_document(entity));
  }
  template <class T>
  void erase(const T& entity) {
    remove(entity_key(account(), RowOf<T>::kKind, entity.name));
  }
  void erase_role(const record::Role& role);
  void put_key(const record::AccessKey& key) { write(access_key_key(key.id), to_document(key)); }
  void erase_key(std::string_view access_key_id);
  void put_account(const record::Account& account_record);
  store::Tx& tx() const { return tx_; }

 private:
  void write(const store::Key& key, const Document& document);
  void remove(const store::Key& key);

  store::Tx& tx_;
  const IdentityCache& cache_;
};

// Where operations and the identity source get at the rows.
class Directory {
 public:
  explicit Directory(store::Db& db) : db_(db) {}
  const IdentityCache& cache() const { return cache_; }
  store::Db& db() const { return db_; }

  template <class F>
  auto read(const AccountId& account, F&& body) const {
    return db_.read([&](store::ReadTx& tx) {
      const View view(tx, account);
      return body(view);
    });
  }
  template <class F>
  auto write(const AccountId& account, F&& body) const {
    return db_.write(account_scope(account), [&](store::Tx& tx) {
      Rows rows(tx, account, cache_);
      return body(rows);
    });
  }

 private:
  store::Db& db_;
  IdentityCache cache_;
};

}  // namespace haneul::iam
