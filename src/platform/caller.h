// Caller: who makes a request, as authentication established it. A value without secrets; it is stored in the
// trail, kept by long-running work (CloudFormation acts as its caller) and turned into the policy engine's
// principal when access is judged.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/strong.h"

namespace haneul::platform {

struct Caller {
  enum class Kind { kAnonymous, kRoot, kUser, kRoleSession, kFederated, kService };

  Kind kind = Kind::kAnonymous;
  AccountId account;  // owner of the identity; empty for anonymous and services
  std::string arn;    // arn:aws:iam::1234:user/x, arn:aws:sts::1234:assumed-role/r/s, arn:aws:iam::1234:root
  std::string unique_id;  // AIDA..., AROA...:session, account id for root; what aws:userid holds
  std::string name;       // user name, or role name of a session
  std::string role_arn;   // of a role session: arn:aws:iam::1234:role/path/r; of a federated one: its user
  std::string issuer_id;  // of a federated session: AIDA... of its user
  std::string session_name;
  std::string service;                                // of a service principal: "lambda.amazonaws.com"
  std::string access_key_id;                          // that signed; empty for in-process calls
  std::map<std::string, std::string> principal_tags;  // session tags over the identity's own
  std::vector<std::string> session_policies;          // JSON documents given at AssumeRole
  std::optional<Timestamp> token_issued_at;           // of temporary credentials
  std::string source_identity;
  std::vector<std::string> transitive_tag_keys;  // of principal_tags: those a chained session takes over
  std::map<std::string, std::vector<std::string>>
      context;  // further condition keys (aws:SourceArn of a service call ...)

  static Caller anonymous() { return {}; }
  // A service acting in its own name for a resource: judged by resource policies and trust policies only.
  static Caller of_service(std::string service, AccountId source_account, std::string source_arn);
};

}  // namespace haneul::platform
