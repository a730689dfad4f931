// Session: temporary credentials. Nothing of them is stored: all that a session may do stands in its token,
// sealed (aws/session_token.h) and bound to the access key id. Who it was made from is looked up at each use,
// so that the sessions of a deleted role end with it. Pure functions.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/secret.h"

namespace haneul::iam {

struct Session {
  enum class Kind { kRole, kUser, kRoot, kFederated };

  Kind kind = Kind::kRole;
  std::string access_key_id;
  Secret<std::string> secret;
  std::string account;
  std::string principal_id;              // of the role or user: a new one of the same name has another
  std::string name;                      // of the role or user
  std::string session_name;              // of roles and federated users
  std::vector<std::string> policies;     // session policies, as JSON
  std::vector<std::string> policy_arns;  // and by ARN: their documents are looked up at each use
  std::map<std::string, std::string> tags;
  std::vector<std::string> transitive_tags;  // keys that a chained session takes over
  std::string source_identity;
  Timestamp issued_at{};
  Timestamp expires_at{};
};

std::string seal_session(const Session& session, std::string_view token_key, Random& random);
// Empty when the token is not ours, was changed, or belongs to another access key.
std::optional<Session> open_session(std::string_view access_key_id, std::string_view token,
                                    std::string_view token_key);

}  // namespace haneul::iam
