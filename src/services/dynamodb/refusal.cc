#include "services/dynamodb/refusal.h"

#include "model/common_errors.h"

namespace haneul::dynamodb {

void refuse(std::string message) { throw model::ValidationException(std::move(message)); }

}  // namespace haneul::dynamodb
