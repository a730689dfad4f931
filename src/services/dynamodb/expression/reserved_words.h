// The words that no expression may name an attribute by, in whatever case; a placeholder stands for them.
// Source: "Reserved words in DynamoDB". Thread rule: pure functions.
#pragma once

#include <string_view>

namespace haneul::dynamodb {

bool is_reserved(std::string_view name);

}  // namespace haneul::dynamodb
