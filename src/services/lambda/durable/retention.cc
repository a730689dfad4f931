#include "services/lambda/durable/retention.h"

#include "services/lambda/durable/keys.h"
#include "store/record.h"

namespace haneul::lambda {

using platform::Job;
using platform::JobOutcome;

namespace {

constexpr size_t kForgottenAtOnce = 50;

Place place_of(const Job& job) {
  return {AccountId(job.payload.string_or("account", "")), Region(job.payload.string_or("region", ""))};
}

void drop_rows(store::Tx& tx, const ExecutionRecord& head) {
  const ExecutionRef& ref = head.ref;
  const store::Shard shard = keys::durable_scope(ref.place, ref.id).shard;
  for (const store::KeyRange& range :
       {keys::durable_ops(ref.place, ref.id), keys::durable_ops_at(ref.place, ref.id),
        keys::durable_events(ref.place, ref.id), keys::durable_data_all(ref.place, ref.id)})
    tx.del_range(shard, range);
  tx.del(keys::durable(ref.place, ref.id));
  const keys::FunctionLife life{.place = ref.place, .name = ref.function, .born = head.born};
  tx.del(keys::durable_list(life, head.started_at, ref.id));
  const store::Key name = keys::durable_name(life, ref.name);
  const auto owner = tx.get(name);
  if (owner && store::decode_record(*owner).as_string() == ref.id) tx.del(name);
}

}  // namespace

JobOutcome purge_execution(DurableParts& parts, const Job& job) {
  const Place place = place_of(job);
  const std::string id = job.payload.string_or("id", "");
  parts.core.db.write(keys::durable_scope(place, id), [&](store::Tx& tx) {
    const auto head = find_execution(tx, place, id);
    if (head && !head->is_running()) drop_rows(tx, *head);
  });
  return JobOutcome::done();
}

JobOutcome forget_executions(DurableParts& parts, const Job& job) {
  const keys::FunctionLife life{.place = place_of(job),
                                .name = job.payload.string_or("function", ""),
                                .born = job.payload.string_or("born", "")};
  const store::Shard shard = keys::durable_of_scope(life).shard;
  const auto rows = parts.core.db.read([&](store::ReadTx& tx) {
    return tx.scan(shard, keys::durable_lists(life), {.limit = kForgottenAtOnce});
  });
  const Timestamp now = parts.core.clock.now();
  for (const store::Entry& row : rows) {
    const std::string id = keys::listed_id(row.key);
    parts.core.db.write(keys::durable_scope(life.place, id), [&](store::Tx& tx) {
      auto ledger = Ledger::open(parts, tx, life.place, id);
      if (!ledger) return;
      if (ledger->head.is_running()) {
        ErrorObject error;
        error.error_message = "The function was deleted.";
        ledger->end({.status = "STOPPED", .result = {}, .error = std::move(error)}, now);
      }
      drop_rows(tx, ledger->head);
    });
  }
  return rows.size() < kForgottenAtOnce ? JobOutcome::done() : JobOutcome::again(now);
}

void add_forget_job(store::Tx& tx, const Core& core, const FunctionRef& ref, const FunctionRecord& function) {
  Document payload = Document::object();
  payload.set("account", ref.place.account.str());
  payload.set("region", ref.place.region.str());
  payload.set("function", ref.name);
  payload.set("born", function.born);
  core.jobs.add(tx, kDurableForgetJob, core.clock.now(), std::move(payload));
}

}  // namespace haneul::lambda
