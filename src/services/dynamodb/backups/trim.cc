#include "services/dynamodb/backups/trim.h"

#include "base/text.h"
#include "services/dynamodb/backups/past.h"

namespace haneul::dynamodb {
namespace {

constexpr std::string_view kKind = "dynamodb.undo-trim";
constexpr size_t kParallel = 2;
constexpr size_t kStepRows = 2000;
constexpr auto kBetweenSteps = Milliseconds(50);
constexpr auto kBetweenWalks = std::chrono::hours(6);

struct Progress {
  TableName where;
  uint64_t table = 0;
  Timestamp since;  // of the recovery: one that is enabled anew has a job of its own
  size_t partition = 0;
  std::string after;
};

Document payload_of(const Progress& progress) {
  return Document::Object{{"account", progress.where.account.str()},
                          {"region", progress.where.region.str()},
                          {"name", progress.where.name},
                          {"table", progress.table},
                          {"since", document_of(progress.since)},
                          {"partition", progress.partition},
                          {"after", base64_encode(progress.after)}};
}

Progress progress_of(const Document& payload) {
  return {.where = {.account = AccountId(payload.string_or("account", "")),
                    .region = Region(payload.string_or("region", "")),
                    .name = payload.string_or("name", "")},
          .table = static_cast<uint64_t>(payload.find("table")->as_int()),
          .since = moment_in(*payload.find("since")),
          .partition = static_cast<size_t>(payload.find("partition")->as_int()),
          .after = base64_decode(payload.string_or("after", "")).value_or("")};
}

void step(store::Db& db, const Table& table, Timestamp oldest, Progress& progress) {
  const Rows rows = Rows::undo(table);
  const store::Scope scope = rows.scope(progress.partition);
  store::KeyRange range = rows.all(progress.partition);
  if (!progress.after.empty()) range.from = store::key_after(progress.after);
  const auto found = db.read([&](store::ReadTx& tx) {
    return tx.scan(scope.shard, range, {.limit = kStepRows, .values = store::Values::kSkip});
  });
  std::vector<std::string> old;
  for (const store::Entry& row : found) {
    if (undo_at(row.key).at < oldest) old.push_back(row.key);
  }
  if (!old.empty()) {
    db.write(scope, [&](store::Tx& tx) {
      for (const std::string& key : old) tx.del({.shard = scope.shard, .bytes = key});
    });
  }
  progress.after = found.size() < kStepRows ? std::string() : found.back().key;
  if (progress.after.empty()) ++progress.partition;
}

platform::JobOutcome run(store::Db& db, Catalog& catalog, const platform::Job& job, Timestamp now) {
  Progress progress = progress_of(job.payload);
  const TablePtr table = catalog.newest_or_null(progress.where);
  const bool ended = table == nullptr || table->number != progress.table || !table->recovery ||
                     table->recovery->since != progress.since;
  if (ended) return platform::JobOutcome::done();
  Milliseconds pause = kBetweenSteps;
  if (table->copies.empty()) {
    const Timestamp oldest = now - std::chrono::days(table->recovery->days);
    while (progress.partition < kPartitions) {
      step(db, *table, oldest, progress);
      if (!progress.after.empty()) break;
    }
  } else {
    pause = std::chrono::minutes(1);
  }
  if (progress.partition == kPartitions) {
    progress.partition = 0;
    pause = kBetweenWalks;
  }
  return {.again_at = now + pause, .payload = payload_of(progress)};
}

}  // namespace

void begin_trim(store::Tx& tx, platform::Jobs& jobs, const Table& table, Timestamp now) {
  Progress progress;
  progress.where = table.where;
  progress.table = table.number;
  progress.since = table.recovery->since;
  jobs.add(tx, kKind, now + kBetweenWalks, payload_of(progress));
}

void register_undo_trim(platform::Jobs& jobs, store::Db& db, Catalog& catalog, const Clock& clock) {
  jobs.handle(std::string(kKind), kParallel,
              [&db, &catalog, &clock](const platform::Job& job) -> Task<platform::JobOutcome> {
                co_return run(db, catalog, job, clock.now());
              });
}

}  // namespace haneul::dynamodb
