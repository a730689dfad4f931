// KeyUses: when, where and for what each access key was last used (GetAccessKeyLastUsed), and each role
// (RoleLastUsed: requests that its sessions signed). Told of every request, so it keeps uses in memory and
// writes each key's and role's at most once a minute: after a crash the answer may be that much older.
// Thread rule: any thread.
#pragma once

#include <mutex>
#include <string>
#include <unordered_map>

#include "platform/identity.h"
#include "services/iam/rows.h"

namespace haneul::iam {

struct KeyUse {
  friend bool operator==(const KeyUse&, const KeyUse&) = default;
  Timestamp at{};
  std::string service;
  std::string region;
};

class KeyUses final : public platform::CredentialUseSink {
 public:
  explicit KeyUses(const Directory& directory) : directory_(directory) {}
  // Of temporary credentials only those of roles are remembered, as uses of the role.
  void credential_used(const platform::Caller& caller, std::string_view service, const Region& region,
                       Timestamp at) override;
  std::optional<KeyUse> last_use(std::string_view access_key_id) const;
  std::optional<KeyUse> last_use_of_role(std::string_view role_id) const;

 private:
  struct Kept {
    KeyUse use;
    Timestamp written_at{};
  };
  void write_key_use(const std::string& access_key_id, const KeyUse& use) const;
  void write_role_use(const platform::Caller& caller, const std::string& role_id, const KeyUse& use) const;
  std::optional<KeyUse> find(std::string_view id, const store::Key& row) const;

  const Directory& directory_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Kept> uses_;  // by the id of the key or role
};

}  // namespace haneul::iam
