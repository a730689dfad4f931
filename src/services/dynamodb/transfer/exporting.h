// Exporting: the job that writes a table as it was at a moment, or what changed in a period, to a bucket of
// this server, as the caller:
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html One file a run; a
// run that is repeated writes the same file again.
//
// Thread rule: begin_export() in any transaction; connect() before the first job runs.
#pragma once

#include "base/random.h"
#include "platform/dispatcher.h"
#include "platform/jobs.h"
#include "services/dynamodb/tables/catalog.h"
#include "services/dynamodb/transfer/export.h"

namespace haneul::dynamodb {

class Exporting {
 public:
  struct Parts {
    store::Db& db;
    Catalog& catalog;
    platform::Jobs& jobs;
    const Clock& clock;
  };
  explicit Exporting(const Parts& parts);
  void connect(platform::Dispatcher& dispatcher) { dispatcher_ = &dispatcher; }

  // The table is held by begin_copy() with the export's id.
  void begin(store::Tx& tx, const Export& given);

 private:
  struct Progress;
  struct Outcome;
  static Document payload_of(const Progress& progress);
  static Progress progress_of(const Document& payload);
  Task<platform::JobOutcome> run(const platform::Job& job);
  Task<Outcome> step(const Export& given, Progress& progress);
  Task<Outcome> put(const Export& given, std::string key, std::string body);
  Task<Outcome> put_file(const Export& given, Progress& progress);
  Task<Outcome> put_manifests(const Export& given, const Progress& progress);
  std::string next_lines(const Export& given, Progress& progress, int64_t& items);
  void finish(const ExportName& where, const Outcome& outcome, const Progress& progress);

  Parts parts_;
  platform::Dispatcher* dispatcher_ = nullptr;
};

}  // namespace haneul::dynamodb
