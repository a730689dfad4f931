#include "services/dynamodb/backfill.h"

#include "services/dynamodb/items/item_writer.h"
#include "services/dynamodb/items/table_cursor.h"
#include "services/dynamodb/value/record.h"

namespace haneul::dynamodb {
namespace {

constexpr std::string_view kKind = "dynamodb.backfill";
constexpr size_t kStepItems = 250;
constexpr size_t kParallel = 2;

struct Progress {
  TableCursor at;
  uint64_t index = 0;
};

Document payload_of(const Progress& progress) {
  Document out = cursor_document(progress.at);
  out.set("index", progress.index);
  return out;
}

Progress progress_of(const Document& payload) {
  return {.at = cursor_of(payload), .index = static_cast<uint64_t>(payload.find("index")->as_int())};
}

const Index* find_index(const Table* table, uint64_t number) {
  if (table == nullptr) return nullptr;
  for (const Index& index : table->indexes) {
    if (index.number == number) return &index;
  }
  return nullptr;
}

class Backfill {
 public:
  Backfill(store::Db& db, Catalog& catalog, const WriteContext& context)
      : db_(db), catalog_(catalog), context_(context) {}

  // One step; false when there is nothing left to do.
  bool step(Progress& progress) {
    if (progress.at.is_done()) return finish(progress), false;
    const TablePtr table = catalog_.newest_or_null(progress.at.where);
    if (find_index(table.get(), progress.index) == nullptr) return false;
    const store::Scope scope = Rows::items(*table).scope(progress.at.partition);
    try {
      progress = db_.write(scope, [&](store::Tx& tx) { return fill(tx, *table, progress); });
    } catch (const TableMoved&) {
      // The next step takes the table as it is then.
    }
    return true;
  }

 private:
  Progress fill(store::Tx& tx, const Table& table, const Progress& progress) {
    catalog_.require_current(tx, table, progress.at.partition);
    WalkStep step = walk_step(tx, table, progress.at, kStepItems);
    ItemWriter writer(tx, context_, table);
    for (const store::Entry& row : step.items) {
      const Attributes item = decode_item(row.value);
      writer.backfill(*find_index(&table, progress.index), item_key(table.keys, item), item);
    }
    return {.at = std::move(step.next), .index = progress.index};
  }

  void finish(const Progress& progress) {
    db_.write(catalog_scope(progress.at.where.account, progress.at.where.region), [&](store::Tx& tx) {
      const TablePtr found = catalog_.find(tx, progress.at.where);
      if (find_index(found.get(), progress.index) == nullptr) return;
      Table table = *found;
      for (Index& index : table.indexes) {
        if (index.number == progress.index) index.state = Index::State::kActive;
      }
      catalog_.save(tx, table);
    });
  }

  store::Db& db_;
  Catalog& catalog_;
  const WriteContext& context_;
};

}  // namespace

void begin_backfill(store::Tx& tx, platform::Jobs& jobs, const Table& table, const Index& index,
                    Timestamp now) {
  jobs.add(tx, kKind, now, payload_of({.at = {.where = table.where}, .index = index.number}));
}

void register_backfill(platform::Jobs& jobs, store::Db& db, Catalog& catalog, ChangeLog& changes,
                       const Clock& clock) {
  jobs.handle(std::string(kKind), kParallel,
              [&db, &catalog, &changes, &clock](const platform::Job& job) -> Task<platform::JobOutcome> {
                Progress progress = progress_of(job.payload);
                // One partition a run: what a crash repeats is small, and other jobs get their turn.
                const size_t partition = progress.at.partition;
                const WriteContext context{catalog, changes, {.now = clock.now()}};
                Backfill backfill(db, catalog, context);
                while (backfill.step(progress)) {
                  if (progress.at.partition == partition) continue;
                  co_return platform::JobOutcome{.again_at = clock.now(), .payload = payload_of(progress)};
                }
                co_return platform::JobOutcome::done();
              });
}

}  // namespace haneul::dynamodb
