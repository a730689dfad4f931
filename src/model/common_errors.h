// Errors that AWS answers for every service, whether or not a service's model lists them.
// Source: "Common Error Types" of the AWS API references. Thrown like generated errors.
#pragma once

#include "model/error.h"

namespace haneul::model {

#define HANEUL_COMMON_ERROR(Type, Code, Status, SenderFault)                                 \
  inline constexpr ErrorShape k##Type##Shape{                                                \
      .name = Code, .code = Code, .status = Status, .sender_fault = SenderFault};            \
  class Type final : public ServiceError {                                                   \
   public:                                                                                   \
    explicit Type(std::string message) : ServiceError(k##Type##Shape, std::move(message)) {} \
  };

HANEUL_COMMON_ERROR(AccessDeniedException, "AccessDeniedException", 400, true)
HANEUL_COMMON_ERROR(AccessDenied, "AccessDenied", 403, true)
HANEUL_COMMON_ERROR(IncompleteSignature, "IncompleteSignature", 400, true)
HANEUL_COMMON_ERROR(InternalFailure, "InternalFailure", 500, false)
HANEUL_COMMON_ERROR(InvalidAction, "InvalidAction", 400, true)
HANEUL_COMMON_ERROR(InvalidClientTokenId, "InvalidClientTokenId", 403, true)
HANEUL_COMMON_ERROR(UnrecognizedClientException, "UnrecognizedClientException", 400, true)
HANEUL_COMMON_ERROR(InvalidParameterValue, "InvalidParameterValue", 400, true)
HANEUL_COMMON_ERROR(MissingAuthenticationToken, "MissingAuthenticationToken", 403, true)
HANEUL_COMMON_ERROR(MissingParameter, "MissingParameter", 400, true)
HANEUL_COMMON_ERROR(NotImplemented, "NotImplemented", 501, true)
HANEUL_COMMON_ERROR(RequestExpired, "RequestExpired", 400, true)
HANEUL_COMMON_ERROR(SerializationException, "SerializationException", 400, true)
HANEUL_COMMON_ERROR(ServiceUnavailable, "ServiceUnavailable", 503, false)
HANEUL_COMMON_ERROR(SignatureDoesNotMatch, "SignatureDoesNotMatch", 403, true)
HANEUL_COMMON_ERROR(InvalidSignatureException, "InvalidSignatureException", 400, true)
HANEUL_COMMON_ERROR(ThrottlingException, "ThrottlingException", 400, true)
HANEUL_COMMON_ERROR(UnknownOperationException, "UnknownOperationException", 404, true)
HANEUL_COMMON_ERROR(ValidationError, "ValidationError", 400, true)
HANEUL_COMMON_ERROR(ValidationException, "ValidationException", 400, true)
HANEUL_COMMON_ERROR(ExpiredToken, "ExpiredToken", 403, true)
HANEUL_COMMON_ERROR(ExpiredTokenException, "ExpiredTokenException", 400, true)

#undef HANEUL_COMMON_ERROR

}  // namespace haneul::model
