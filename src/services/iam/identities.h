// Identities: the identity source of the pipeline. Every request asks it twice (whose key, which policies),
// so all it needs is cached parsed; sessions are kept opened by their access key id and checked against the
// living role at each use. Thread rule: any thread; answers come from durable state.
#pragma once

#include <mutex>
#include <shared_mutex>
#include <unordered_map>

#include "platform/identity.h"
#include "services/iam/loaded.h"
#include "services/iam/session.h"

namespace haneul::iam {

class Identities final : public platform::IdentitySource {
 public:
  Identities(const Directory& directory, Secret<std::string> token_key)
      : loader_(directory), token_key_(std::move(token_key)) {}

  Lookup find_credential(std::string_view access_key_id, std::string_view session_token) const override;
  platform::PolicySet policies_of(const platform::Caller& caller) const override;

  const Loader& loader() const { return loader_; }
  const Secret<std::string>& token_key() const { return token_key_; }
  // The caller that a session stands for; empty when what it was made from is gone.
  std::optional<platform::Caller> caller_of(const Session& session) const;
  // What applies to an identity, given by its row (also for simulations).
  platform::PolicySet policies_of_user(const AccountId& account, const LoadedUser& user) const;
  platform::PolicySet policies_of_role(const LoadedRole& role) const;

 private:
  struct Opened {
    std::string token;
    std::shared_ptr<const Session> session;
  };
  Lookup find_long_term(std::string_view access_key_id) const;
  Lookup find_session(std::string_view access_key_id, std::string_view token) const;
  std::shared_ptr<const Session> open(std::string_view access_key_id, std::string_view token) const;
  void add_policies(const record::Entity& entity, const std::vector<platform::NamedPolicy>& inline_policies,
                    platform::PolicySet& out) const;
  void add_boundary(const record::Entity& entity, platform::PolicySet& out) const;

  Loader loader_;
  Secret<std::string> token_key_;
  mutable std::shared_mutex mutex_;
  mutable std::unordered_map<std::string, Opened> opened_;  // by access key id
};

platform::Caller root_caller(const AccountId& account);
platform::Caller user_caller(const AccountId& account, const record::User& user);

}  // namespace haneul::iam
