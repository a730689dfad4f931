// Provisioned concurrency: the configurations of versions and aliases, what they mean for each version, and
// their hand-over to the engine. A configuration is a row; the environments follow it by a job that is
// written with every change that may matter, and at every start of the server.
// https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html
// Thread rule: pure functions of a transaction; Provisioner by Jobs.
#pragma once

#include "services/lambda/core.h"

namespace haneul::lambda {

struct ProvisionedConfig {
  int64_t requested = 0;
  std::string revision;  // of each Put: tells whether the engine has heard of it
  Timestamp modified_at{};
};
std::string encode(const ProvisionedConfig& record);
ProvisionedConfig provisioned_from(std::string_view bytes);
std::optional<ProvisionedConfig> find_provisioned(store::Reader& tx, const FunctionRef& ref,
                                                  std::string_view qualifier);

// What a configuration asks of one version.
struct ProvisionedPortion {
  std::string qualifier;
  int64_t count = 0;
  std::string revision;
};
// By version. An alias with weights has its number divided by them.
using ProvisionedPlan = std::map<std::string, std::vector<ProvisionedPortion>>;
ProvisionedPlan plan_provisioned(store::Reader& tx, const FunctionRef& ref);
std::string plan_mark(const std::vector<ProvisionedPortion>& portions);

// Sum of a function's configurations, and of those of all functions that have no reservation of their own.
int64_t provisioned_total(store::Reader& tx, const FunctionRef& ref);
int64_t account_provisioned_total(store::Reader& tx, const Place& place);

// Refuses what overlaps: a version and an alias of it, both provisioned.
void require_no_overlap(store::Reader& tx, const FunctionRef& ref, const AliasRecord& alias);

// Refuses versions that begin from snapshots.
void require_no_snapshot(store::Reader& tx, const FunctionRef& ref, std::string_view version);

// Writes the job that brings the engine's environments in line; nothing when the function never had any.
void settle_provisioned(store::Tx& tx, const Core& core, const FunctionRef& ref, Timestamp now);

class Provisioner {
 public:
  explicit Provisioner(Core& core) : core_(core) {}
  void register_jobs();  // before Jobs::start

 private:
  Task<platform::JobOutcome> handle(const platform::Job& job);
  void forget(const FunctionRef& ref);  // nothing is to be provided for it after a start

  Core& core_;
};

}  // namespace haneul::lambda
