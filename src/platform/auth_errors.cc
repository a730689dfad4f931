#include "platform/auth_errors.h"

#include <array>

namespace haneul::platform {

namespace {

using model::ErrorShape;

constexpr ErrorShape shape(std::string_view code, int status) {
  return {.name = code, .code = code, .status = status};
}

struct Row {
  ErrorShape s3, query, json, rest_json;
  std::string_view s3_message, message;
};

constexpr std::string_view kTokenInvalid = "The security token included in the request is invalid.";
constexpr std::string_view kMismatchText =
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret "
    "Access "
    "Key and signing method. Consult the service documentation for details.";

// Indexed by AuthFailure.
constexpr std::array<Row, 10> kRows{{
    {shape("AccessDenied", 403), shape("MissingAuthenticationToken", 403),
     shape("MissingAuthenticationTokenException", 400), shape("MissingAuthenticationTokenException", 403),
     "Access Denied", "Request is missing Authentication Token"},
    {shape("AuthorizationHeaderMalformed", 400), shape("IncompleteSignature", 400),
     shape("IncompleteSignatureException", 400), shape("IncompleteSignatureException", 403),
     "The authorization header is malformed.", "The request signature does not conform to AWS standards."},
    {shape("InvalidAccessKeyId", 403), shape("InvalidClientTokenId", 403),
     shape("UnrecognizedClientException", 400), shape("UnrecognizedClientException", 403),
     "The AWS Access Key Id you provided does not exist in our records.", kTokenInvalid},
    {shape("InvalidToken", 400), shape("InvalidClientTokenId", 403),
     shape("UnrecognizedClientException", 400), shape("UnrecognizedClientException", 403),
     "The provided token is malformed or otherwise invalid.", kTokenInvalid},
    {shape("ExpiredToken", 400), shape("ExpiredToken", 403), shape("ExpiredTokenException", 400),
     shape("ExpiredTokenException", 403), "The provided token has expired.",
     "The security token included in the request is expired"},
    {shape("SignatureDoesNotMatch", 403), shape("SignatureDoesNotMatch", 403),
     shape("InvalidSignatureException", 400), shape("InvalidSignatureException", 403),
     "The request signature we calculated does not match the signature you provided. Check your key and "
     "signing "
     "method.",
     kMismatchText},
    {shape("RequestTimeTooSkewed", 403), shape("SignatureDoesNotMatch", 403),
     shape("InvalidSignatureException", 400), shape("InvalidSignatureException", 403),
     "The difference between the request time and the current time is too large.", "Signature expired."},
    {shape("AccessDenied", 403), shape("SignatureDoesNotMatch", 403), shape("InvalidSignatureException", 400),
     shape("InvalidSignatureException", 403), "Request has expired", "Signature expired."},
    {shape("XAmzContentSHA256Mismatch", 400), shape("SignatureDoesNotMatch", 403),
     shape("InvalidSignatureException", 400), shape("InvalidSignatureException", 403),
     "The provided 'x-amz-content-sha256' header does not match what was computed.", kMismatchText},
    {shape("AccessDenied", 403), shape("AccessDenied", 403), shape("AccessDeniedException", 400),
     shape("AccessDeniedException", 403), "Access Denied", "Access Denied"},
}};

}  // namespace

ErrorFlavour flavour_of(const model::ServiceModel& service) {
  if (service.name == "s3") return ErrorFlavour::kS3;
  switch (service.protocols.empty() ? model::Protocol::kQuery : service.protocols.front()) {
    case model::Protocol::kQuery:
    case model::Protocol::kEc2:
    case model::Protocol::kRestXml: return ErrorFlavour::kQuery;
    case model::Protocol::kRestJson: return ErrorFlavour::kRestJson;
    default: return ErrorFlavour::kJson;
  }
}

void throw_auth_failure(const model::ServiceModel& service, AuthFailure failure, std::string detail) {
  const Row& row = kRows.at(static_cast<size_t>(failure));
  const ErrorFlavour flavour = flavour_of(service);
  const std::string_view usual = flavour == ErrorFlavour::kS3 ? row.s3_message : row.message;
  std::string message = detail.empty() ? std::string(usual) : std::move(detail);
  switch (flavour) {
    case ErrorFlavour::kS3: throw model::ServiceError(row.s3, std::move(message));
    case ErrorFlavour::kQuery: throw model::ServiceError(row.query, std::move(message));
    case ErrorFlavour::kJson: throw model::ServiceError(row.json, std::move(message));
    case ErrorFlavour::kRestJson: break;
  }
  throw model::ServiceError(row.rest_json, std::move(message));
}

}  // namespace haneul::platform
