#include "platform/authenticate.h"

#include "platform/auth_errors.h"

namespace haneul::platform {

namespace {

AuthFailure to_failure(aws::SigV4Failure failure) {
  switch (failure) {
    case aws::SigV4Failure::kNoSignature: return AuthFailure::kMissing;
    case aws::SigV4Failure::kMalformed:
    case aws::SigV4Failure::kUnsupportedAlgorithm:
    case aws::SigV4Failure::kMissingDate:
    case aws::SigV4Failure::kWrongScope:
    case aws::SigV4Failure::kBadExpires: return AuthFailure::kIncomplete;
    case aws::SigV4Failure::kMissingSignedHeader:
    case aws::SigV4Failure::kHostNotSigned:
    case aws::SigV4Failure::kHeaderNotSigned:
    case aws::SigV4Failure::kSignatureMismatch: return AuthFailure::kMismatch;
    case aws::SigV4Failure::kNotYetValid:
    case aws::SigV4Failure::kExpired: return AuthFailure::kSkewed;
    case aws::SigV4Failure::kPresignExpired: return AuthFailure::kUrlExpired;
  }
  return AuthFailure::kMismatch;
}

[[noreturn]] void fail(const model::ServiceModel& service, const aws::SigV4Error& error) {
  const AuthFailure failure = to_failure(error.failure);
  // S3's own sentence for a mismatch, an expired address and a skewed clock is what its clients look for.
  const bool use_detail = failure == AuthFailure::kIncomplete ||
                          (flavour_of(service) != ErrorFlavour::kS3 && failure == AuthFailure::kSkewed);
  throw_auth_failure(service, failure, use_detail ? error.detail : std::string());
}

}  // namespace

aws::SigningRequest signing_view(const HttpRequest& http) {
  return {http.method, http.path, http.query, http.headers.entries()};
}

ParsedAuthorization parse_authorization(const HttpRequest& http) {
  return aws::parse_authorization(signing_view(http));
}

PendingSignature begin_authentication(const AuthenticationContext& context, ParsedAuthorization parsed) {
  PendingSignature pending;
  if (!parsed) {
    if (parsed.error().failure != aws::SigV4Failure::kNoSignature) fail(context.service, parsed.error());
    pending.is_anonymous = true;
    return pending;
  }
  pending.authorization = std::move(*parsed);
  const aws::CredentialScope& scope = pending.authorization.scope;
  IdentitySource::Lookup found =
      context.identities.find_credential(scope.access_key_id, pending.authorization.session_token);
  switch (found.state) {
    case IdentitySource::TokenState::kOk: break;
    case IdentitySource::TokenState::kUnknownKey:
      throw_auth_failure(context.service, AuthFailure::kUnknownKey);
    case IdentitySource::TokenState::kInvalidToken:
      throw_auth_failure(context.service, AuthFailure::kInvalidToken);
    case IdentitySource::TokenState::kExpired:
      throw_auth_failure(context.service, AuthFailure::kExpiredToken);
  }
  if (!found.credential->active) throw_auth_failure(context.service, AuthFailure::kUnknownKey);
  if (found.credential->expires_at && *found.credential->expires_at <= context.now) {
    throw_auth_failure(context.service, AuthFailure::kExpiredToken);
  }
  pending.secret = std::move(found.credential->secret_access_key);
  pending.caller = std::move(found.credential->caller);
  pending.caller.access_key_id = scope.access_key_id;
  return pending;
}

void finish_authentication(const AuthenticationContext& context, const PendingSignature& pending,
                           std::string_view body_hash) {
  if (pending.is_anonymous) return;
  const auto verified = aws::verify_signature(signing_view(context.http), pending.authorization,
                                              {.secret = pending.secret.reveal(),
                                               .now = context.now,
                                               .body_hash = body_hash,
                                               .service = context.service.signing_name,
                                               .keys = &context.keys});
  if (!verified) fail(context.service, verified.error());
  const bool is_declared = pending.authorization.payload == aws::PayloadKind::kDeclaredHash;
  if (is_declared && !body_hash.empty() && body_hash != pending.authorization.payload_hash) {
    throw_auth_failure(context.service, AuthFailure::kBodyHash);
  }
}

}  // namespace haneul::platform
