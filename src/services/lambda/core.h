// Core: what the operations of Lambda share. Facts about the machine, the parts they stand on, and the small
// decisions that several of them make. Made once by LambdaService. Thread rule: constant after construction,
// save that dispatcher, durable and port are set before the first request.
#pragma once

#include <algorithm>
#include <atomic>
#include <string>

#include "gen/lambda/types.h"
#include "model/common_errors.h"
#include "platform/access.h"
#include "platform/dispatcher.h"
#include "platform/facts.h"
#include "platform/jobs.h"
#include "services/lambda/code_store.h"
#include "services/lambda/function_runner.h"
#include "services/lambda/images.h"
#include "services/lambda/limits.h"
#include "services/lambda/log_writer.h"
#include "services/lambda/lookup.h"
#include "store/db.h"

namespace haneul::lambda {

class Preparer;

// What runs invocations of durable functions to the end of their executions (durable/engine.h).
class DurableRunner {
 public:
  virtual ~DurableRunner() = default;
  virtual Task<compute::InvokeResult> run_durable(Resolved resolved, compute::Invocation invocation) = 0;
};

struct Core {
  store::Db& db;
  platform::Jobs& jobs;
  iam::Port& iam;
  const platform::FactBus& facts;
  const Clock& clock;
  Random& random;
  FunctionRunner& runner;
  const compute::RuntimeCatalog& runtimes;
  CodeStore& code;
  Images& images;
  LogWriter& logs;
  Preparer& preparer;
  std::string architecture;     // of this machine: "x86_64" or "arm64"
  Secret<std::string> url_key;  // signs code locations
  uint32_t account_concurrency = kAccountConcurrency;
  platform::Dispatcher* dispatcher = nullptr;
  DurableRunner* durable = nullptr;
  std::atomic<uint16_t> port = 4566;  // of this server: in addresses given to callers inside the process

  // How many invocations that nobody waits for run at once: half of an account's, the others are left to
  // callers who wait.
  size_t background_max() const { return std::max<size_t>(account_concurrency / 2, 1); }

  // Access checks of a function: the ARN as qualified by the request, the owner's account, the function's
  // tags as aws:ResourceTag keys.
  platform::AccessChecks function_check(std::string action, const FunctionRef& ref) const;
  // Of invocations that do not come through a function URL.
  platform::AccessChecks invoke_check(const FunctionRef& ref) const;
  platform::AccessChecks layer_check(std::string action, const LayerRef& ref) const;  // of a layer version
};

// The configuration as the API shows it.
FunctionConfiguration describe(const FunctionRef& ref, const Settings& settings,
                               const compute::RuntimeCatalog& runtimes);
// In a list, where nothing is said of states and runtime versions.
FunctionConfiguration describe_item(const FunctionRef& ref, const Settings& settings);
// "2015-03-31T12:00:00.000+0000", as Lambda writes times that are texts.
std::string format_modified(Timestamp at);
// The name of what runs functions of a runtime here.
std::string runtime_version_arn(const Region& region, const compute::RuntimeChoice& choice);
std::string package_hash(const PackageRef& package);  // base64 of the digest: CodeSha256

}  // namespace haneul::lambda
