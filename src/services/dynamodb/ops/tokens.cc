#include "services/dynamodb/ops/tokens.h"

#include "gen/dynamodb/errors.h"
#include "services/dynamodb/keys.h"

namespace haneul::dynamodb {
namespace {

constexpr std::string_view kKind = "dynamodb.tokens";
constexpr auto kLife = std::chrono::minutes(10);
constexpr size_t kParallel = 1;

uint64_t period_of(Timestamp at) { return static_cast<uint64_t>(at.time_since_epoch() / kLife); }

}  // namespace

TokenState use_token(store::Tx& tx, platform::Jobs& jobs, const platform::Request& request,
                     const std::string& token, const std::string& digest_of_request) {
  const uint64_t period = period_of(request.now);
  const TokenPlace place{.account = request.account, .region = request.region, .token = token};
  for (const uint64_t held : {period, period - 1}) {
    const auto found = tx.get(token_key(place, held));
    if (!found) continue;
    if (*found == digest_of_request) return TokenState::kDone;
    throw IdempotentParameterMismatchException(
        "The request uses the same client token as a previous, but non-identical request. Do not reuse a "
        "client "
        "token with different requests, unless the requests are identical");
  }
  tx.put(token_key(place, period), digest_of_request);
  const store::Key mark = token_period_key(place, period);
  if (!tx.contains(mark)) {
    tx.put(mark, "");
    const auto due = Timestamp(std::chrono::duration_cast<Milliseconds>(kLife * (period + 2)));
    jobs.add(tx, kKind, due, Document::Object{{"shard", mark.shard}, {"period", period}});
  }
  return TokenState::kNew;
}

void register_token_expiry(platform::Jobs& jobs, store::Db& db) {
  jobs.handle(std::string(kKind), kParallel, [&db](const platform::Job& job) -> Task<platform::JobOutcome> {
    const auto shard = static_cast<store::Shard>(job.payload.find("shard")->as_int());
    const auto period = static_cast<uint64_t>(job.payload.find("period")->as_int());
    db.write(store::Scope{shard},
             [&](store::Tx& tx) { tx.del_range(shard, token_period_range(shard, period)); });
    co_return platform::JobOutcome::done();
  });
}

}  // namespace haneul::dynamodb
