// Refusals: DynamoDB's ValidationException, which its model does not list, and the sentences that many
// operations share. Source: "Error handling with DynamoDB". Thread rule: pure functions.
#pragma once

#include <string>
#include <string_view>

namespace haneul::dynamodb {

[[noreturn]] void refuse(std::string message);  // ValidationException (400)

}  // namespace haneul::dynamodb
