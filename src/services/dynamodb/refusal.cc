#include "services/dynamodb/refusal.h"

namespace haneul::dynamodb {

void refuse(std::string message) { throw model::ValidationException(std::move(message)); }

void refuse_request(std::string message) { throw RequestRefusal(std::move(message)); }

}  // namespace haneul::dynamodb
