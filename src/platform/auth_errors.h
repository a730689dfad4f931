// The errors of authentication and access, in the words of the service that was asked: S3, the query
// services, the JSON services and the REST-JSON services each have their own codes and statuses for the same
// failure. Source: "Common errors" of each API reference; S3 "Error responses".
#pragma once

#include <string>

#include "model/error.h"
#include "model/schema.h"

namespace haneul::platform {

enum class AuthFailure {
  kMissing,     // no signature at all
  kIncomplete,  // a signature that lacks a part or is malformed
  kUnknownKey,
  kInvalidToken,
  kExpiredToken,
  kMismatch,    // the signature is not what we compute
  kSkewed,      // signed too far from now
  kUrlExpired,  // a presigned address past its time
  kBodyHash,    // the body is not what was signed
  kDenied,      // authenticated, but not allowed
};

enum class ErrorFlavour { kS3, kQuery, kJson, kRestJson };
ErrorFlavour flavour_of(const model::ServiceModel& service);

// Never returns. An empty detail gets the usual sentence of the failure.
[[noreturn]] void throw_auth_failure(const model::ServiceModel& service, AuthFailure failure,
                                     std::string detail = {});

}  // namespace haneul::platform
