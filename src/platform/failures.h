// Failures: what goes wrong outside the operations - invalid input, broken bodies, a full disk, a defect of
// ours - as the error of the service that was asked. The only place that decides this.
#pragma once

#include <exception>
#include <vector>

#include "model/error.h"
#include "model/validate.h"
#include "platform/request.h"

namespace haneul::platform {

// The code with which the service answers a violated constraint: ValidationException, ValidationError,
// InvalidParameterException, InvalidArgument.
[[noreturn]] void throw_invalid_input(const model::ServiceModel& service,
                                      const std::vector<model::Violation>& violations);

// Never throws; defects and store failures are logged with the request id.
model::ServiceError to_service_error(const model::ServiceModel& service, const RequestId& request_id,
                                     const std::exception_ptr& thrown);

}  // namespace haneul::platform
