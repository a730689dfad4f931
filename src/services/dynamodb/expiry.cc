#include "services/dynamodb/expiry.h"

#include "services/dynamodb/items/item_writer.h"
#include "services/dynamodb/items/table_cursor.h"
#include "services/dynamodb/value/record.h"

namespace haneul::dynamodb {
namespace {

constexpr std::string_view kKind = "dynamodb.expiry";
// A run looks at so many items and writes its row once; an idle table costs one run every half minute.
constexpr size_t kRunItems = 4000;
constexpr auto kBetweenRuns = Milliseconds(200);
constexpr auto kBetweenWalks = std::chrono::seconds(30);
constexpr auto kOldest = std::chrono::years(5);
constexpr size_t kStepItems = 500;
constexpr size_t kParallel = 2;

struct Progress {
  TableCursor at;
  uint64_t table = 0;
  std::string attribute;
};

Document payload_of(const Progress& progress) {
  Document out = cursor_document(progress.at);
  out.set("table", progress.table);
  out.set("attribute", progress.attribute);
  return out;
}

Progress progress_of(const Document& payload) {
  return {.at = cursor_of(payload),
          .table = static_cast<uint64_t>(payload.find("table")->as_int()),
          .attribute = payload.string_or("attribute", "")};
}

class Expiry {
 public:
  Expiry(store::Db& db, const WriteContext& context, const Table& table)
      : db_(db), context_(context), table_(table), now_(context.author.now) {}

  // Looks at the next items of the partition, removes those that are expired, and tells how many it looked
  // at.
  size_t step(Progress& progress) {
    WalkStep step =
        db_.read([&](store::ReadTx& tx) { return walk_step(tx, table_, progress.at, kStepItems); });
    for (const store::Entry& row : step.items) {
      const Attributes item = decode_item(row.value);
      if (is_expired(item, progress.attribute, now_)) remove(item_key(table_.keys, item), progress.attribute);
    }
    progress.at = std::move(step.next);
    return step.items.size();
  }

 private:
  void remove(const ItemKey& key, const std::string& attribute) {
    db_.write(write_scope(table_, key), [&](store::Tx& tx) {
      ItemWriter writer(tx, context_, table_);
      std::optional<Attributes> item = writer.read(key);
      if (!item || !is_expired(*item, attribute, now_)) return;
      writer.replace(key, {.before = std::move(item), .after = {}});
    });
  }

  store::Db& db_;
  const WriteContext& context_;
  const Table& table_;
  Timestamp now_;
};

Task<platform::JobOutcome> run(store::Db& db, Catalog& catalog, const WriteContext& context,
                               const platform::Job& job) {
  Progress progress = progress_of(job.payload);
  const TablePtr table = catalog.newest_or_null(progress.at.where);
  const bool ended =
      table == nullptr || table->number != progress.table || table->ttl_attribute != progress.attribute;
  if (ended) co_return platform::JobOutcome::done();
  Expiry expiry(db, context, *table);
  try {
    for (size_t looked = 0; looked < kRunItems && !progress.at.is_done();) looked += expiry.step(progress);
  } catch (const TableMoved&) {
    // The next run takes the table as it is then.
  }
  Milliseconds pause = kBetweenRuns;
  if (progress.at.is_done()) {
    progress.at.partition = 0;
    pause = Milliseconds(kBetweenWalks);
  }
  co_return platform::JobOutcome{.again_at = context.author.now + pause, .payload = payload_of(progress)};
}

}  // namespace

bool is_expired(const Attributes& item, const std::string& attribute, Timestamp now) {
  const Value* value = item.find(attribute);
  const Number* number = value == nullptr ? nullptr : value->number();
  int64_t seconds = 0;
  if (number == nullptr || !number->to_int(seconds)) return false;
  const int64_t at = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  const int64_t oldest = at - std::chrono::duration_cast<std::chrono::seconds>(kOldest).count();
  return seconds < at && seconds > oldest;
}

void begin_expiry(store::Tx& tx, platform::Jobs& jobs, const Table& table, Timestamp now) {
  jobs.add(
      tx, kKind, now,
      payload_of({.at = {.where = table.where}, .table = table.number, .attribute = *table.ttl_attribute}));
}

void register_expiry(platform::Jobs& jobs, store::Db& db, Catalog& catalog, ChangeLog& changes,
                     const Clock& clock) {
  jobs.handle(std::string(kKind), kParallel,
              [&db, &catalog, &changes, &clock](const platform::Job& job) -> Task<platform::JobOutcome> {
                const WriteContext context{catalog, changes, {.now = clock.now(), .by = ChangedBy::kExpiry}};
                co_return co_await run(db, catalog, context, job);
              });
}

}  // namespace haneul::dynamodb
