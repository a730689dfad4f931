// Check: the invariants of DynamoDB (README.md) over a store that nobody writes to.
#pragma once

#include <string>
#include <vector>

namespace haneul::store {
class Db;
}

namespace haneul::dynamodb {

std::vector<std::string> check(store::Db& db);  // a sentence for each that does not hold

}  // namespace haneul::dynamodb
