// Importing: the job that fills a new table from objects of a bucket of this server, as the caller. The table
// is of no use until that is done. A run takes a stretch of text, writes its items and saves how far it came;
// a run that is repeated writes the same items again and counts them once.
//
// Packed text can only be read from its beginning, so what is open stays open between runs; after a restart
// the import reads up to its place again. Thread rule: begin() in the transaction that makes the table;
// connect() before the first job runs.
#pragma once

#include <map>
#include <mutex>

#include "platform/dispatcher.h"
#include "platform/jobs.h"
#include "services/dynamodb/items/item_writer.h"
#include "services/dynamodb/tables/catalog.h"
#include "services/dynamodb/transfer/import_log.h"
#include "services/dynamodb/transfer/import_source.h"
#include "services/dynamodb/transfer/import_text.h"

namespace haneul::dynamodb {

class Importing {
 public:
  struct Parts {
    store::Db& db;
    Catalog& catalog;
    ChangeLog& changes;
    platform::Jobs& jobs;
    const Clock& clock;
    logs::Port* logs = nullptr;
  };
  explicit Importing(const Parts& parts);
  void connect(platform::Dispatcher& dispatcher) { dispatcher_ = &dispatcher; }
  void begin(store::Tx& tx, const Import& given);

 private:
  struct Stretch;
  using TextPtr = std::unique_ptr<ImportText>;
  Task<platform::JobOutcome> run(const platform::Job& job);
  Task<TextPtr> step(Import& given, Stretch& stretch);
  Task<void> read(Import& given, ImportSource& source, ImportText& text, Stretch& stretch);
  void write_items(const Import& given, const Stretch& stretch);
  void save(Import& given);
  TextPtr take_text(const Import& given);
  void keep_text(const Import& given, TextPtr text);

  Parts parts_;
  ImportLog log_;
  platform::Dispatcher* dispatcher_ = nullptr;
  std::mutex mutex_;
  std::map<std::string, TextPtr> texts_;  // by the import's ARN: where the next run goes on
};

}  // namespace haneul::dynamodb
