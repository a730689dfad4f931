#include "services/cloudformation/engine/engine.h"

#include "services/cloudformation/engine/run.h"
#include "services/cloudformation/limits.h"

namespace haneul::cloudformation {

namespace {

constexpr std::string_view kJobKind = "cloudformation.stack";
constexpr int kAttemptsMax = 10;

// A stack that was deleted long ago.
void forget(store::Db& db, const Place& place, const std::string& uuid) {
  db.write(place.scope(), [&](store::Tx& tx) {
    const store::Shard shard = place.scope().shard;
    tx.del(stack_key(place, uuid));
    tx.del_range(shard, spec_range(place, uuid));
    tx.del_range(shard, resource_range(place, uuid));
    tx.del_range(shard, event_range(place, uuid));
  });
}

}  // namespace

Engine::Engine(const Parts& parts) : parts_(parts) {
  parts_.jobs.handle(
      std::string(kJobKind), kParallelStacks,
      [parts](const platform::Job& job) -> Task<platform::JobOutcome> {
        Run run(parts,
                {.account = AccountId(job.payload.string_or("account", "")),
                 .region = Region(job.payload.string_or("region", ""))},
                job.payload.string_or("stack", ""),
                job.attempt < kAttemptsMax ? Run::Passing::kIsTriedAgain : Run::Passing::kIsAFailure);
        co_await run.proceed(job.payload.string_or("operation", ""));
        co_return platform::JobOutcome::done();
      });
  parts_.jobs.handle(std::string(kForgetJobKind), 1,
                     [parts](const platform::Job& job) -> Task<platform::JobOutcome> {
                       forget(parts.db,
                              {.account = AccountId(job.payload.string_or("account", "")),
                               .region = Region(job.payload.string_or("region", ""))},
                              job.payload.string_or("stack", ""));
                       co_return platform::JobOutcome::done();
                     });
}

void Engine::begin(store::Tx& tx, const Place& place, const StackRecord& stack) {
  parts_.jobs.add(tx, kJobKind, parts_.clock.now(),
                  Document::Object{{"account", place.account.str()},
                                   {"region", place.region.str()},
                                   {"stack", stack.uuid},
                                   {"operation", stack.op.id}});
}

}  // namespace haneul::cloudformation
