// What other rooms may ask of IAM directly. Everything else goes through the dispatcher.
// Thread rule: any thread, plain calls; writes are ordered on return (the pipeline, or start-up code, waits
// for durability).
#pragma once

#include <expected>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "aws/policy/pins.h"
#include "base/secret.h"
#include "platform/identity.h"

namespace haneul::iam {

struct KeySeed {
  std::string access_key_id;
  Secret<std::string> secret_access_key;
};

struct UserSeed {
  std::string name;
  std::vector<KeySeed> keys;
  std::vector<std::string> managed_policy_arns;
  std::vector<std::pair<std::string, std::string>> inline_policies;  // name, JSON document
};

// An account as the first start or a bootstrap file declares it.
struct AccountSeed {
  AccountId id;
  std::string alias;
  std::vector<KeySeed> root_keys;
  std::vector<UserSeed> users;
};

struct SessionRequest {
  std::string role_arn;
  std::string session_name;
  Seconds duration{3600};
  std::vector<std::string> session_policies;
};

struct SessionCredentials {
  std::string access_key_id;  // ASIA...
  Secret<std::string> secret_access_key;
  Secret<std::string> session_token;
  Timestamp expires_at;
  platform::Caller caller;
};

// A role as STS judges it.
struct RoleFacts {
  std::string arn;
  std::string id;
  std::string name;
  AccountId account;
  platform::PolicyPtr trust;
  Seconds max_session{3600};
  std::map<std::string, std::string> tags;
};

// Temporary credentials as STS grants them; the policies have been checked.
struct SessionGrant {
  enum class Kind { kRole, kUser, kRoot, kFederated };
  Kind kind = Kind::kRole;
  AccountId account;
  std::string principal_id;  // of the role or user
  std::string name;          // of the role or user
  std::string session_name;
  std::vector<std::string> policies;     // JSON
  std::vector<std::string> policy_arns;  // managed policies, looked up at each use
  std::map<std::string, std::string> tags;
  std::vector<std::string> transitive_tags;
  std::string source_identity;
  Seconds duration{3600};
};

// A resource policy with the ids of the users and roles that it names (aws/policy/pins.h).
struct PinnedPolicy {
  std::string text;  // as given, with ids that were given replaced by ARNs
  aws::policy::PrincipalPins pins;
};

// For services that keep resource policies.
class Principals {
 public:
  virtual ~Principals() = default;
  // What to store of a resource policy that parses; the principal that does not exist, when one does not.
  // Principals of accounts that are not of this Haneul are taken as they are.
  virtual std::expected<PinnedPolicy, std::string> pin_principals(const std::string& document) = 0;
  // The text with the ids of principals that are gone in place of their ARNs.
  virtual std::string show_pinned(const PinnedPolicy& policy) = 0;
};

class Port : public Principals {
 public:
  // Makes what is missing and leaves the rest as it is: applying the same seed twice changes nothing. Throws
  // ParseError naming what cannot be (an account id that is not 12 digits, a key that another identity
  // holds).
  virtual void ensure_account(const AccountSeed& seed) = 0;
  // Credentials for code that runs as a role a service was given (Lambda). The service has checked
  // iam:PassRole and may_assume() when the role was passed; empty when the role is gone.
  virtual std::optional<SessionCredentials> issue_for_service(const SessionRequest& request) = 0;
  // Whether the role exists and its trust policy lets the service principal ("lambda.amazonaws.com") assume
  // it.
  virtual bool may_assume(std::string_view role_arn, std::string_view service_principal) = 0;

  // For STS. A role that is not there is empty; so is a document.
  virtual std::optional<RoleFacts> find_role(std::string_view role_arn) = 0;
  virtual std::string managed_policy_document(std::string_view policy_arn) = 0;
  virtual SessionCredentials issue(const SessionGrant& grant) = 0;
  // The account that a key belongs to: told by the row of the key, else by the key's own letters.
  virtual std::optional<AccountId> account_of_key(std::string_view access_key_id) = 0;
};

}  // namespace haneul::iam
