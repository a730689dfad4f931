// Refusals: DynamoDB's ValidationException, which its model does not list, and the sentences that many
// operations share. Source: "Error handling with DynamoDB". Thread rule: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "model/common_errors.h"

namespace haneul::dynamodb {

[[noreturn]] void refuse(std::string message);  // ValidationException (400)

// What is wrong with a request as such: a transaction answers it as it is, and not as the reason of one of
// its parts.
class RequestRefusal final : public model::ServiceError {
 public:
  explicit RequestRefusal(std::string message)
      : ServiceError(model::kValidationExceptionShape, std::move(message)) {}
};
[[noreturn]] void refuse_request(std::string message);

}  // namespace haneul::dynamodb
