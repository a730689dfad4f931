// Services: every service of this build, constructed in the order of their dependencies and registered in one
// table. A new service is a member, a constructor line and a register line here.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/task/loops.h"
#include "compute/engine.h"
#include "event_journal.h"
#include "platform/gap.h"
#include "platform/jobs.h"
#include "platform/pipeline.h"
#include "services/cloudformation/service.h"
#include "services/dynamodb/service.h"
#include "services/iam/service.h"
#include "services/lambda/service.h"
#include "services/logs/service.h"
#include "services/s3/service.h"
#include "services/sts/service.h"
#include "store/blob/blob_store.h"

namespace haneul::app {

struct ServiceParts {
  store::Db& db;
  store::BlobStore& blobs;
  BlockingPool& pool;
  Loops& loops;
  platform::Jobs& jobs;
  compute::Engine& engine;
  platform::FactBus& facts;
  const Clock& clock;
  Random& random;
  std::filesystem::path data;  // canonical
  std::filesystem::path added_runtimes;
  uint64_t keep_events_bytes = 0;
  uint32_t account_concurrency = 0;  // invocations at once in an account and region
  dynamodb::Throttling throttling = dynamodb::Throttling::kOff;
  Secret<std::string> token_key;
};

class Services {
 public:
  explicit Services(const ServiceParts& parts);

  const platform::OperationTable& table() const { return table_; }
  const platform::IdentitySource& identities() const { return iam_.identities(); }
  platform::CredentialUseSink* credential_uses() { return &iam_.credential_uses(); }
  iam::Port& iam() { return iam_; }

  // Gives the services what exists only after them: the dispatcher and the judge of access; adds their hooks.
  void connect(platform::Pipeline& pipeline);
  void set_port(uint16_t port) { lambda_.set_port(port); }  // of the main listener
  void start();  // background work; the store is open and the accounts exist
  Task<void> stop_readers(Milliseconds patience);  // of queues and streams; before the engine stops
  void end_waits();  // of requests that would wait for longer than a stop may take
  void stop();

 private:
  Task<void> sweep_blobs();
  lambda::FunctionRunner& runner();

  const ServiceParts parts_;
  platform::OperationTable table_;
  iam::Iam iam_;
  sts::Sts sts_;
  platform::Authorizer authorizer_;
  logs::LogsService logs_;
  lambda::EngineRunner function_runner_;
  std::unique_ptr<EventJournal> journal_;  // when events are kept
  std::unique_ptr<KeepingRunner> keeping_runner_;
  platform::EventSources sources_;
  lambda::LambdaService lambda_;
  s3::S3Service s3_;
  dynamodb::DynamoDbService dynamodb_;
  cloudformation::CloudFormation cloudformation_;
};

// The input members that the service's implemented operations refuse.
std::span<const platform::FieldGap> field_gaps(std::string_view service);

// The invariants of every service over a store that nobody writes to; a sentence for each that does not hold.
std::vector<std::string> check_invariants(store::Db& db, store::BlobStore& blobs);

}  // namespace haneul::app
