// Authorizer: judges access checks for a caller with the identity source's policies and the policy engine.
// The pipeline calls it for every operation; operations call it themselves only for what the input alone does
// not tell (each key of DeleteObjects, iam:PassRole of a role found in a template). Thread rule: any thread.
#pragma once

#include <string>

#include "platform/access.h"

namespace haneul::platform {

struct Verdict {
  bool allowed = false;
  bool explicit_deny = false;
  std::string message;  // for a denial: who, what, on which resource and why, as AWS phrases it
};

class Authorizer {
 public:
  explicit Authorizer(const IdentitySource& identities) : identities_(identities) {}

  Verdict judge(const Request& request, const AccessCheck& access) const;
  // Throws the service's AccessDenied with the message of the first check that fails.
  void require(const Request& request, const AccessChecks& checks) const;

 private:
  const IdentitySource& identities_;
};

// Throws the error that the request's service answers for a denial (AccessDenied for query and S3, else
// AccessDeniedException).
[[noreturn]] void throw_access_denied(const Request& request, const std::string& message);

}  // namespace haneul::platform
