// IdentitySource: what the pipeline asks the identity service. Implemented by services/iam, which is the only
// room that knows users, roles and keys. Thread rule: any thread; answers come from durable state.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "platform/caller.h"

namespace haneul::aws::policy {
class Policy;
}

namespace haneul::platform {

using PolicyPtr = std::shared_ptr<const aws::policy::Policy>;

struct Credential {
  Secret<std::string> secret_access_key;
  Caller caller;
  std::optional<Timestamp> expires_at;  // of temporary credentials
  bool active = true;                   // an inactive key is known but refused
};

struct NamedPolicy {
  std::string id;  // policy ARN, or the name of an inline policy; shown by the simulator
  PolicyPtr policy;
};

struct PolicySet {
  std::vector<NamedPolicy> identity;  // user + groups, or role
  std::optional<NamedPolicy> boundary;
};

class IdentitySource {
 public:
  virtual ~IdentitySource() = default;
  enum class TokenState { kOk, kUnknownKey, kInvalidToken, kExpired };
  struct Lookup {
    TokenState state = TokenState::kUnknownKey;
    std::optional<Credential> credential;  // set when kOk
  };
  // session_token is empty for long-term keys; a long-term key with a token, or a temporary one without, is
  // kInvalidToken.
  virtual Lookup find_credential(std::string_view access_key_id, std::string_view session_token) const = 0;
  virtual PolicySet policies_of(const Caller& caller) const = 0;
  // A caller that acts as a role, with temporary credentials for code that signs by itself (functions).
  // Does not judge the trust policy: the service that asks has done so when the role was passed to it.
};

// Remembers that a credential was used (GetAccessKeyLastUsed); called by the pipeline after a successful
// authentication.
class CredentialUseSink {
 public:
  virtual ~CredentialUseSink() = default;
  virtual void credential_used(const Caller& caller, std::string_view service, const Region& region,
                               Timestamp at) = 0;
};

}  // namespace haneul::platform
