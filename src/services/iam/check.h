// The offline checker of `haneul check`: the invariants of README.md over a store that nobody writes to.
#pragma once

#include <string>
#include <vector>

#include "store/db.h"

namespace haneul::iam {

// A sentence for each invariant that does not hold.
std::vector<std::string> check(store::Db& db);

}  // namespace haneul::iam
