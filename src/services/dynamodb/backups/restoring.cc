#include "services/dynamodb/backups/restoring.h"

#include "services/dynamodb/backups/copying.h"
#include "services/dynamodb/backups/past.h"

namespace haneul::dynamodb {
namespace {

constexpr std::string_view kKind = "dynamodb.restore";
constexpr size_t kParallel = 2;
constexpr size_t kRunPages = 4;  // other jobs get their turn

struct Progress {
  TableName target;
  std::string id;  // of the target
  std::optional<BackupName> backup;
  TableName source;
  Timestamp at;
  PastPlace place;
  uint64_t chunk = 0;  // of a backup: the next of the partition
};

Document payload_of(const Progress& progress) {
  Document out = Document::Object{{"account", progress.target.account.str()},
                                  {"region", progress.target.region.str()},
                                  {"table", progress.target.name},
                                  {"id", progress.id},
                                  {"source_account", progress.source.account.str()},
                                  {"source", progress.source.name},
                                  {"at", document_of(progress.at)},
                                  {"place", document_of(progress.place)},
                                  {"chunk", progress.chunk}};
  if (progress.backup) out.set("backup", progress.backup->id);
  return out;
}

Progress progress_of(const Document& payload) {
  Progress out{.target = {.account = AccountId(payload.string_or("account", "")),
                          .region = Region(payload.string_or("region", "")),
                          .name = payload.string_or("table", "")},
               .id = payload.string_or("id", ""),
               .backup = {},
               .source = {.account = AccountId(payload.string_or("source_account", "")),
                          .region = Region(payload.string_or("region", "")),
                          .name = payload.string_or("source", "")},
               .at = moment_in(*payload.find("at")),
               .place = past_place_of(*payload.find("place")),
               .chunk = static_cast<uint64_t>(payload.find("chunk")->as_int())};
  const std::string backup = payload.string_or("backup", "");
  if (!backup.empty()) out.backup = BackupName{.table = out.source, .id = backup};
  return out;
}

class Restoring {
 public:
  Restoring(store::Db& db, Catalog& catalog, const WriteContext& context)
      : db_(db), catalog_(catalog), context_(context) {}

  // True while there is more to do.
  bool run(Progress& progress) {
    const TablePtr target = catalog_.newest_or_null(progress.target);
    if (target == nullptr || target->id != progress.id || !target->is_filling) return false;
    try {
      for (size_t pages = 0; pages < kRunPages && !progress.place.at_end(); ++pages) step(*target, progress);
    } catch (const TableMoved&) {
      return true;  // the next run takes the target as it is then
    }
    if (!progress.place.at_end()) return true;
    finish(progress);
    return false;
  }

 private:
  void step(const Table& target, Progress& progress) {
    Progress next = progress;
    const auto items = progress.backup ? next_saved(next) : next_past(next);
    if (!items.empty()) {
      db_.write(Rows::items(target).scope(progress.place.partition),
                [&](store::Tx& tx) { fill(tx, context_, target, items); });
    }
    progress = std::move(next);
  }

  std::vector<Attributes> next_saved(Progress& progress) {
    if (!backup_) {
      backup_ = db_.read([&](store::ReadTx& tx) { return require_backup(tx, *progress.backup); });
    }
    const Chunk place{.partition = progress.place.partition, .number = progress.chunk};
    auto items = db_.read([&](store::ReadTx& tx) { return read_chunk(tx, *backup_, place); });
    if (items) {
      ++progress.chunk;
      return std::move(*items);
    }
    ++progress.place.partition;
    progress.chunk = 0;
    return {};
  }

  std::vector<Attributes> next_past(Progress& progress) {
    PastPage page = db_.read([&](store::ReadTx& tx) {
      const TablePtr source = catalog_.require(tx, progress.source);
      return read_past(tx, *source, progress.place, progress.at);
    });
    progress.place = std::move(page.next);
    return std::move(page.items);
  }

  void finish(const Progress& progress) {
    db_.write(catalog_scope(progress.target.account, progress.target.region), [&](store::Tx& tx) {
      const TablePtr found = catalog_.find(tx, progress.target);
      if (found == nullptr || found->id != progress.id || !found->is_filling) return;
      Table target = *found;
      target.is_filling = false;
      catalog_.save(tx, target);
      if (progress.backup) {
        Backup backup = require_backup(tx, *progress.backup);
        backup.readers.erase(progress.id);
        save_backup(tx, backup);
      } else if (const TablePtr source = catalog_.find(tx, progress.source)) {
        end_copy(tx, catalog_, *source, progress.id);
      }
    });
  }

  store::Db& db_;
  Catalog& catalog_;
  const WriteContext& context_;
  std::optional<Backup> backup_;
};

}  // namespace

void begin_restore(store::Tx& tx, platform::Jobs& jobs, const Table& target, const RestoreSource& source) {
  Progress progress;
  progress.target = target.where;
  progress.id = target.id;
  if (const auto* table = std::get_if<FromTable>(&source)) {
    progress.source = table->table.where;
    progress.at = table->at;
  } else {
    progress.backup = std::get<FromBackup>(source).backup;
    progress.source = progress.backup->table;
  }
  jobs.add(tx, kKind, target.created, payload_of(progress));
}

void register_restoring(platform::Jobs& jobs, store::Db& db, Catalog& catalog, ChangeLog& changes,
                        const Clock& clock) {
  jobs.handle(std::string(kKind), kParallel,
              [&db, &catalog, &changes, &clock](const platform::Job& job) -> Task<platform::JobOutcome> {
                Progress progress = progress_of(job.payload);
                const WriteContext context{catalog, changes, {.now = clock.now()}};
                if (!Restoring(db, catalog, context).run(progress)) co_return platform::JobOutcome::done();
                co_return platform::JobOutcome{.again_at = clock.now(), .payload = payload_of(progress)};
              });
}

void fill(store::Tx& tx, const WriteContext& context, const Table& target,
          const std::vector<Attributes>& items) {
  ItemWriter writer(tx, context, target);
  for (const Attributes& item : items) {
    const ItemKey key = item_key(target.keys, item);
    writer.replace(key, {.before = writer.read(key), .after = item});
  }
}

}  // namespace haneul::dynamodb
