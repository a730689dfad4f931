#include "services/dynamodb/backups/saving.h"

#include "services/dynamodb/backups/copying.h"
#include "services/dynamodb/backups/past.h"

namespace haneul::dynamodb {
namespace {

constexpr std::string_view kSave = "dynamodb.backup";
constexpr std::string_view kExpire = "dynamodb.backup-expiry";
constexpr size_t kParallel = 2;
constexpr size_t kRunPages = 8;  // other jobs get their turn

struct Progress {
  BackupName backup;
  Timestamp at;
  PastPlace place;
  uint64_t chunk = 0;  // the next of the partition
  int64_t items = 0, bytes = 0;
};

Document name_document(const BackupName& name) {
  return Document::Object{{"account", name.table.account.str()},
                          {"region", name.table.region.str()},
                          {"table", name.table.name},
                          {"backup", name.id}};
}

BackupName name_of(const Document& payload) {
  return {.table = {.account = AccountId(payload.string_or("account", "")),
                    .region = Region(payload.string_or("region", "")),
                    .name = payload.string_or("table", "")},
          .id = payload.string_or("backup", "")};
}

Document payload_of(const Progress& progress) {
  Document out = name_document(progress.backup);
  out.set("at", document_of(progress.at));
  out.set("place", document_of(progress.place));
  out.set("chunk", progress.chunk);
  out.set("items", progress.items);
  out.set("bytes", progress.bytes);
  return out;
}

Progress progress_of(const Document& payload) {
  return {.backup = name_of(payload),
          .at = moment_in(*payload.find("at")),
          .place = past_place_of(*payload.find("place")),
          .chunk = static_cast<uint64_t>(payload.find("chunk")->as_int()),
          .items = payload.find("items")->as_int(),
          .bytes = payload.find("bytes")->as_int()};
}

class Saving {
 public:
  Saving(store::Db& db, Catalog& catalog, platform::Jobs& jobs) : db_(db), catalog_(catalog), jobs_(jobs) {}

  // True while there is more to do.
  bool run(Progress& progress) {
    const auto backup = db_.read([&](store::ReadTx& tx) { return find_backup(tx, progress.backup); });
    if (!backup || backup->is_available) return false;
    for (size_t pages = 0; pages < kRunPages && !progress.place.at_end(); ++pages) save(*backup, progress);
    if (!progress.place.at_end()) return true;
    finish(progress);
    return false;
  }

 private:
  void save(const Backup& backup, Progress& progress) {
    PastPage page = db_.read(
        [&](store::ReadTx& tx) { return read_past(tx, backup.source, progress.place, progress.at); });
    const size_t partition = progress.place.partition;
    const Chunk place{.partition = partition, .number = progress.chunk++};
    db_.write(chunk_scope(backup, partition),
              [&](store::Tx& tx) { save_chunk(tx, backup, place, page.items); });
    progress.items += static_cast<int64_t>(page.items.size());
    for (const Attributes& item : page.items) progress.bytes += static_cast<int64_t>(size_of(item));
    progress.place = std::move(page.next);
    if (progress.place.partition != partition) progress.chunk = 0;
  }

  void finish(const Progress& progress) {
    const TableName& table = progress.backup.table;
    db_.write(catalog_scope(table.account, table.region), [&](store::Tx& tx) {
      auto backup = find_backup(tx, progress.backup);
      if (!backup || backup->is_available) return;
      backup->is_available = true;
      backup->items = progress.items;
      backup->bytes = progress.bytes;
      save_backup(tx, *backup);
      if (backup->kind == Backup::Kind::kUser)
        return end_copy(tx, catalog_, backup->source, backup->where.id);
      catalog_.erase_items(tx, backup->source);
      jobs_.add(tx, kExpire, *backup->expires, name_document(backup->where));
    });
  }

  store::Db& db_;
  Catalog& catalog_;
  platform::Jobs& jobs_;
};

// False while a restore still reads it.
bool expire(store::Db& db, const BackupName& name) {
  return db.write(catalog_scope(name.table.account, name.table.region), [&](store::Tx& tx) {
    const auto backup = find_backup(tx, name);
    if (!backup) return true;
    if (!backup->readers.empty()) return false;
    erase_backup(tx, *backup);
    return true;
  });
}

}  // namespace

void begin_saving(store::Tx& tx, platform::Jobs& jobs, const Backup& backup, Timestamp at) {
  Progress progress;
  progress.backup = backup.where;
  progress.at = at;
  jobs.add(tx, kSave, backup.created, payload_of(progress));
}

void register_saving(platform::Jobs& jobs, store::Db& db, Catalog& catalog, const Clock& clock) {
  jobs.handle(std::string(kSave), kParallel,
              [&jobs, &db, &catalog, &clock](const platform::Job& job) -> Task<platform::JobOutcome> {
                Progress progress = progress_of(job.payload);
                if (!Saving(db, catalog, jobs).run(progress)) co_return platform::JobOutcome::done();
                co_return platform::JobOutcome{.again_at = clock.now(), .payload = payload_of(progress)};
              });
  jobs.handle(std::string(kExpire), kParallel,
              [&db, &clock](const platform::Job& job) -> Task<platform::JobOutcome> {
                if (expire(db, name_of(job.payload))) co_return platform::JobOutcome::done();
                co_return platform::JobOutcome::again(clock.now() + std::chrono::minutes(1));
              });
}

}  // namespace haneul::dynamodb
