// Authentication: from a signature to a caller. Two steps around the reading of the body, because a signature
// that does not declare its body's hash covers the body itself:
//
//   PendingSignature pending = begin_authentication(...);   // whose key? unknown and expired keys end here,
//   before any body is read Caller caller = finish_authentication(...);             // recomputes the
//   signature
//
// Failures are thrown in the words of the service (auth_errors.h). Thread rule: any thread.
#pragma once

#include <expected>
#include <optional>
#include <string>

#include "aws/sigv4.h"
#include "base/secret.h"
#include "model/schema.h"
#include "platform/http.h"
#include "platform/identity.h"

namespace haneul::platform {

struct PendingSignature {
  bool is_anonymous = false;  // nothing was signed: the caller is Caller::anonymous()
  aws::Authorization authorization;
  Secret<std::string> secret;
  Caller caller;
};

struct AuthenticationContext {
  const HttpRequest& http;
  const model::ServiceModel& service;
  const IdentitySource& identities;
  aws::SigningKeyCache& keys;
  Timestamp now;
};

using ParsedAuthorization = std::expected<aws::Authorization, aws::SigV4Error>;
ParsedAuthorization parse_authorization(const HttpRequest& http);

PendingSignature begin_authentication(const AuthenticationContext& context, ParsedAuthorization parsed);

// body_hash: hex SHA-256 of the body, wanted when the payload kind is kBodyHash (or when the body was read,
// to compare with a declared hash). Throws unless the signature holds.
void finish_authentication(const AuthenticationContext& context, const PendingSignature& pending,
                           std::string_view body_hash);

aws::SigningRequest signing_view(const HttpRequest& http);

}  // namespace haneul::platform
