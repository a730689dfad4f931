// Iam: users, groups, roles, policies, access keys and instance profiles, and with them the identity source
// of the pipeline. IAM is global: all regions see the same data. AWS IAM API Reference (2010-05-08).
// Operations stand in ops/, one file per family. Thread rule: any thread.
#pragma once

#include <span>

#include "base/random.h"
#include "platform/gap.h"
#include "platform/operation_table.h"
#include "services/iam/identities.h"
#include "services/iam/key_uses.h"
#include "services/iam/ops/ops.h"
#include "services/iam/port.h"

namespace haneul::iam {

class Iam final : public Port {
 public:
  // token_key: see token_key.h
  Iam(store::Db& db, const Clock& clock, Random& random, Secret<std::string> token_key);

  void register_operations(platform::OperationTable& table);
  const platform::IdentitySource& identities() const { return identities_; }
  platform::CredentialUseSink& credential_uses() { return key_uses_; }
  const Directory& directory() const { return directory_; }  // for tests and the offline checker

  void ensure_account(const AccountSeed& seed) override;
  std::optional<SessionCredentials> issue_for_service(const SessionRequest& request) override;
  bool may_assume(std::string_view role_arn, std::string_view service_principal) override;
  std::optional<RoleFacts> find_role(std::string_view role_arn) override;
  std::string managed_policy_document(std::string_view policy_arn) override;
  SessionCredentials issue(const SessionGrant& grant) override;
  std::optional<AccountId> account_of_key(std::string_view access_key_id) override;
  std::expected<PinnedPolicy, std::string> pin_principals(const std::string& document) override;
  std::string show_pinned(const PinnedPolicy& policy) override;

 private:
  const Clock& clock_;
  Random& random_;
  Directory directory_;
  Identities identities_;
  KeyUses key_uses_;
  Deps deps_;  // what operations are given; they live as long as this
};

std::span<const platform::FieldGap> field_gaps();

}  // namespace haneul::iam
