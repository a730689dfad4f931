#include "platform/failures.h"

#include "base/log.h"
#include "model/common_errors.h"
#include "platform/auth_errors.h"
#include "platform/http.h"
#include "store/errors.h"

namespace haneul::platform {

namespace {

using model::ErrorShape;
using model::ServiceError;

constexpr ErrorShape shape(std::string_view code, int status) {
  return {.name = code, .code = code, .status = status, .sender_fault = status < 500};
}

constexpr ErrorShape kValidationException = shape("ValidationException", 400);
constexpr ErrorShape kValidationError = shape("ValidationError", 400);
constexpr ErrorShape kInvalidParameterException = shape("InvalidParameterException", 400);
constexpr ErrorShape kInvalidArgument = shape("InvalidArgument", 400);
constexpr ErrorShape kIncompleteBody = shape("IncompleteBody", 400);
constexpr ErrorShape kEntityTooLarge = shape("EntityTooLarge", 400);
constexpr ErrorShape kRequestEntityTooLarge = shape("RequestEntityTooLargeException", 413);
constexpr ErrorShape kRequestTimeout = shape("RequestTimeout", 400);
constexpr ErrorShape kMalformedBody = shape("InvalidRequest", 400);
constexpr ErrorShape kServiceUnavailable = shape("ServiceUnavailable", 503);
constexpr ErrorShape kInternalFailure = shape("InternalFailure", 500);
constexpr ErrorShape kInternalError = shape("InternalError", 500);

ServiceError body_error(const model::ServiceModel& service, const BodyError& error) {
  const bool is_s3 = flavour_of(service) == ErrorFlavour::kS3;
  switch (error.kind()) {
    case BodyError::Kind::kCutOff: return {kIncompleteBody, error.what()};
    case BodyError::Kind::kTooLarge: return {is_s3 ? kEntityTooLarge : kRequestEntityTooLarge, error.what()};
    case BodyError::Kind::kTimeout: return {kRequestTimeout, error.what()};
    case BodyError::Kind::kMalformed: return {kMalformedBody, error.what()};
    case BodyError::Kind::kBadSignature:
    case BodyError::Kind::kBadDigest: break;
  }
  const bool is_digest = error.kind() == BodyError::Kind::kBadDigest;
  try {
    throw_auth_failure(service, is_digest ? AuthFailure::kBodyHash : AuthFailure::kMismatch);
  } catch (const ServiceError& refused) {
    return refused;
  }
}

}  // namespace

void throw_invalid_input(const model::ServiceModel& service,
                         const std::vector<model::Violation>& violations) {
  const std::string message = model::violations_message(violations);
  // A value of the wrong kind is no constraint of the model: it could not be read at all.
  for (const model::Violation& violation : violations) {
    if (violation.kind == model::Violation::Kind::kType)
      throw model::SerializationException(violation.message);
  }
  if (service.name == "logs") throw ServiceError(kInvalidParameterException, message);
  switch (flavour_of(service)) {
    case ErrorFlavour::kS3: throw ServiceError(kInvalidArgument, message);
    case ErrorFlavour::kQuery: throw ServiceError(kValidationError, message);
    case ErrorFlavour::kJson:
    case ErrorFlavour::kRestJson: break;
  }
  throw ServiceError(kValidationException, message);
}

ServiceError to_service_error(const model::ServiceModel& service, const RequestId& request_id,
                              const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const ServiceError& error) {
    return error;
  } catch (const BodyError& error) {
    return body_error(service, error);
  } catch (const store::DiskFull& error) {
    log_error("a write was refused", {{"request", request_id.str()}, {"reason", error.what()}});
    return {kServiceUnavailable, "The data directory has no free space left; reads and deletes go on."};
  } catch (const store::Unavailable& error) {
    log_error("the store is unavailable", {{"request", request_id.str()}, {"reason", error.what()}});
    return {kServiceUnavailable, "The service is unavailable. Please try again."};
  } catch (const std::exception& error) {
    log_error("a request failed inside", {{"request", request_id.str()}, {"what", error.what()}});
  } catch (...) {
    log_error("a request failed inside", {{"request", request_id.str()}});
  }
  const bool is_s3 = flavour_of(service) == ErrorFlavour::kS3;
  return {is_s3 ? kInternalError : kInternalFailure,
          "We encountered an internal error. Please try again. Request id: " + request_id.str()};
}

}  // namespace haneul::platform
