// Tokens of idempotent requests (ClientRequestToken): for ten minutes a request that comes again with its
// token is answered and not done again. Rows lie by the ten minutes they were written in, so that a job drops
// them together. Thread rule: any thread.
#pragma once

#include <string>

#include "base/clock.h"
#include "platform/jobs.h"
#include "platform/request.h"
#include "store/db.h"

namespace haneul::dynamodb {

enum class TokenState { kNew, kDone };

// Within the transaction of the request: kDone when it was done before; throws
// IdempotentParameterMismatchException when the token came with another request.
TokenState use_token(store::Tx& tx, platform::Jobs& jobs, const platform::Request& request,
                     const std::string& token, const std::string& digest_of_request);
void register_token_expiry(platform::Jobs& jobs, store::Db& db);

}  // namespace haneul::dynamodb
