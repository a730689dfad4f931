// Seeds: accounts as the first start or a bootstrap file declares them. Applying a seed twice changes
// nothing.
#pragma once

#include "base/random.h"
#include "services/iam/port.h"
#include "services/iam/rows.h"

namespace haneul::iam {

// Throws ParseError naming what cannot be; then nothing of the seed was applied.
void apply_seed(const Directory& directory, const AccountSeed& seed, Timestamp now, Random& random);

}  // namespace haneul::iam
