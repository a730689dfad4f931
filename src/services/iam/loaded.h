// Loaded identities: records with their policies parsed, as the cache holds them. A stored policy that this
// binary cannot read denies everything, so that what it may have denied is not allowed.
#pragma once

#include <memory>

#include "platform/identity.h"
#include "services/iam/rows.h"

namespace haneul::iam {

struct LoadedUser {
  record::User record;
  std::vector<platform::NamedPolicy> inline_policies;
};
struct LoadedGroup {
  record::Group record;
  std::vector<platform::NamedPolicy> inline_policies;
};
struct LoadedRole {
  record::Role record;
  std::vector<platform::NamedPolicy> inline_policies;
  platform::PolicyPtr trust;
};
struct LoadedPolicy {
  record::ManagedPolicy record;
  std::string document;  // of the default version
  platform::PolicyPtr policy;
};

// Each reads durable state through the cache; null when there is no such row.
class Loader {
 public:
  explicit Loader(const Directory& directory) : directory_(directory) {}

  std::shared_ptr<const LoadedUser> user(const AccountId& account, std::string_view name) const;
  std::shared_ptr<const LoadedGroup> group(const AccountId& account, std::string_view name) const;
  std::shared_ptr<const LoadedRole> role(const AccountId& account, std::string_view name) const;
  std::shared_ptr<const LoadedRole> role(std::string_view role_arn) const;
  std::shared_ptr<const LoadedPolicy> policy(const AccountId& account, std::string_view name) const;
  std::shared_ptr<const record::AccessKey> key(std::string_view access_key_id) const;
  // The default version of a managed policy, AWS's own or a customer's; deny_all() when it is gone.
  platform::PolicyPtr managed(std::string_view arn) const;
  // Its text; empty when there is none.
  std::string managed_document(std::string_view arn) const;

 private:
  const Directory& directory_;
};

platform::PolicyPtr deny_all();
std::string_view deny_all_text();
const std::string& default_document(const record::ManagedPolicy& policy);

}  // namespace haneul::iam
