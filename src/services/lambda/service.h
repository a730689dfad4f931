// Lambda: functions, versions, aliases, layers, their policies, and invocations of them on the machine's own
// sandboxes. https://docs.aws.amazon.com/lambda/latest/api/welcome.html
// Order of use: construct, connect() the dispatcher, register_operations() and register_jobs(), then serve;
// drain() after the last request and after the engine has stopped.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/task/loops.h"
#include "compute/runtime_choice.h"
#include "platform/authorizer.h"
#include "platform/dispatcher.h"
#include "platform/event_sources.h"
#include "platform/facts.h"
#include "platform/gap.h"
#include "platform/jobs.h"
#include "platform/operation_table.h"
#include "platform/pipeline.h"
#include "services/iam/port.h"
#include "services/lambda/function_runner.h"
#include "services/lambda/limits.h"
#include "services/logs/port.h"
#include "store/blob/blob_store.h"
#include "store/db.h"

namespace haneul::lambda {

struct LambdaParts {
  store::Db& db;
  store::BlobStore& blobs;
  BlockingPool& pool;
  platform::Jobs& jobs;
  FunctionRunner& runner;  // EngineRunner(engine)
  iam::Port& iam;
  logs::Port& logs;
  const platform::FactBus& facts;
  const platform::EventSources& sources;  // what event source mappings can read
  const Clock& clock;
  Random& random;
  std::filesystem::path code_directory;  // "code" in the data directory
  uint32_t account_concurrency = kAccountConcurrency;
  compute::RuntimeCatalog runtimes = compute::RuntimeCatalog::of_this_machine();
};

class LambdaService {
 public:
  explicit LambdaService(LambdaParts parts);
  ~LambdaService();

  void connect(platform::Dispatcher& dispatcher, const platform::Authorizer& authorizer);
  void set_port(uint16_t port);  // of the main listener; before the first request
  void register_operations(platform::OperationTable& table);
  void register_jobs();                 // before Jobs::start
  platform::HttpHook& code_url_hook();  // for Pipeline::add_hook: where Code.Location leads
  platform::HttpRoute& url_route();     // for Pipeline::add_route: function URLs

  // Event source mappings: begins to read for those that are enabled, after register_jobs() and before
  // Jobs::start; and ends that, before the engine stops.
  void start_mappings(std::function<Executor&()> next_executor);
  Task<void> stop_mappings(Milliseconds patience);

  // For BlobStore::sweep: whether one of our rows names the payload file.
  bool names_blob(const store::BlobId& id);
  void end_waits();  // of callers for the ends of durable executions; before the server stops
  void drain();      // writes the function logs that wait; blocking

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

std::span<const platform::FieldGap> field_gaps();

// What does not fit together in the data directory, one sentence each; for `haneul check`.
std::vector<std::string> check(store::Db& db, store::BlobStore& blobs);

}  // namespace haneul::lambda
