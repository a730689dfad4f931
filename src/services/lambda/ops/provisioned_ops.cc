#include "services/lambda/ops/provisioned_ops.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "gen/lambda/errors.h"
#include "services/lambda/limits.h"
#include "services/lambda/pages.h"
#include "services/lambda/urls/record.h"

namespace haneul::lambda {

using platform::bind_run;
using platform::Effect;

namespace {

using Invalid = InvalidParameterValueException;

template <class In>
FunctionRef target_of(const platform::Request& request, const In& in) {
  FunctionRef ref = parse_function(request, in.function_name, in.qualifier);
  if (ref.qualifier == kLatest)
    refuse<Invalid>("The function resource provided must be an alias or a published version.");
  return ref;
}

// How far a configuration is, over all versions that it has a part of.
struct Progress {
  int64_t ready = 0;
  bool is_reached = true;
  std::string failure;
};

// Two aliases may share a version: what is ready goes to them in the order of the plan.
int64_t share_of(const std::vector<ProvisionedPortion>& portions, const std::string& qualifier,
                 int64_t ready) {
  for (const ProvisionedPortion& each : portions) {
    const int64_t part = std::min(each.count, ready);
    if (each.qualifier == qualifier) return part;
    ready -= part;
  }
  return 0;
}

Progress progress_of(const Core& core, const FunctionRef& ref, const ProvisionedPlan& plan,
                     const std::string& qualifier) {
  Progress out;
  for (const auto& [version, portions] : plan) {
    const auto mine = std::ranges::find(portions, qualifier, &ProvisionedPortion::qualifier);
    if (mine == portions.end()) continue;
    const compute::ProvisionState state = core.runner.provisioned(ref.arn_with(version));
    out.ready += share_of(portions, qualifier, state.ready);
    const bool is_known = state.mark == plan_mark(portions);  // else the engine has not heard of it yet
    if (!is_known || !state.is_reached) out.is_reached = false;
    if (is_known && out.failure.empty()) out.failure = state.failure;
  }
  return out;
}

// The members that all answers share; list items are the same shape under another name.
template <class Out>
Out describe(const Progress& progress, const ProvisionedConfig& config) {
  Out out;
  out.requested_provisioned_concurrent_executions = static_cast<int32_t>(config.requested);
  out.available_provisioned_concurrent_executions = static_cast<int32_t>(progress.ready);
  out.allocated_provisioned_concurrent_executions = static_cast<int32_t>(progress.ready);
  out.status = progress.is_reached ? "READY" : "IN_PROGRESS";
  if (!progress.failure.empty()) {
    out.status = "FAILED";
    out.status_reason = progress.failure;
  }
  std::string modified = format_iso8601(std::chrono::floor<Seconds>(config.modified_at));
  if (modified.ends_with('Z')) modified.pop_back();
  out.last_modified = modified + "+0000";
  return out;
}

template <class In>
auto on_target(const Core& core, const char* action) {
  return [&core, action](const platform::Request& request, const In& in) {
    return core.function_check(action, parse_function(request, in.function_name, in.qualifier));
  };
}

struct ProvisionedChange {
  int64_t requested = 0;
  int64_t before = 0;
};

void require_capacity(store::Reader& tx, const FunctionRef& ref, const Core& core, ProvisionedChange change) {
  const FunctionRecord function = require_function(tx, ref);
  const int64_t others = provisioned_total(tx, ref) - change.before;
  if (function.reserved) {
    if (others + change.requested <= *function.reserved) return;
    refuse<Invalid>(
        "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for "
        "function");
  }
  if (change.requested > int64_t{core.account_concurrency}) {
    refuse<Invalid>(
        fmt::format("Specified ConcurrentExecutions for function is greater than account's unreserved "
                    "concurrency [{}].",
                    core.account_concurrency));
  }
  const int64_t taken = reserved_total(tx, ref.place) + account_provisioned_total(tx, ref.place) -
                        change.before + change.requested;
  if (int64_t{core.account_concurrency} - taken >= int64_t{kUnreservedConcurrencyMin}) return;
  refuse<Invalid>(
      fmt::format("Specified ConcurrentExecutions for function decreases account's "
                  "UnreservedConcurrentExecution below its minimum value of [{}].",
                  kUnreservedConcurrencyMin));
}

// An alias of the version that has a configuration of its own bars the version from having one.
void require_no_provisioned_alias(store::Reader& tx, const FunctionRef& ref) {
  const store::Shard shard = keys::functions_scope(ref.place).shard;
  for (const store::Entry& row : tx.scan(shard, keys::aliases(ref))) {
    const AliasRecord alias = alias_from(row.value);
    const bool is_of = alias.version == ref.qualifier || alias.weights.contains(ref.qualifier);
    if (is_of && find_provisioned(tx, ref, alias.name))
      refuse<ResourceConflictException>("Version is pointed by a Provisioned Concurrency alias");
  }
}

void require_target(store::Reader& tx, const FunctionRef& ref) {
  require_qualifier(tx, ref);
  const auto alias = find_alias(tx, ref, ref.qualifier);
  if (!alias) {
    require_no_snapshot(tx, ref, ref.qualifier);
    return require_no_provisioned_alias(tx, ref);
  }
  if (!alias->weights.empty())
    refuse<Invalid>("Alias with weights can not be used with Provisioned Concurrency");
  require_no_overlap(tx, ref, *alias);
}

}  // namespace

void ProvisionedOps::register_operations(platform::OperationTable& table) {
  table.add<op::PutProvisionedConcurrencyConfig>({.access = on_target<PutProvisionedConcurrencyConfigInput>(
                                                      core_, "lambda:PutProvisionedConcurrencyConfig"),
                                                  .run = bind_run(this, &ProvisionedOps::put)});
  table.add<op::GetProvisionedConcurrencyConfig>({.access = on_target<GetProvisionedConcurrencyConfigInput>(
                                                      core_, "lambda:GetProvisionedConcurrencyConfig"),
                                                  .run = bind_run(this, &ProvisionedOps::get),
                                                  .effect = Effect::kReadOnly});
  table.add<op::DeleteProvisionedConcurrencyConfig>(
      {.access = on_target<DeleteProvisionedConcurrencyConfigInput>(
           core_, "lambda:DeleteProvisionedConcurrencyConfig"),
       .run = bind_run(this, &ProvisionedOps::remove)});
  table.add<op::ListProvisionedConcurrencyConfigs>(
      {.access =
           [this](const Request& request, const ListProvisionedConcurrencyConfigsInput& in) {
             return core_.function_check("lambda:ListProvisionedConcurrencyConfigs",
                                         parse_function(request, in.function_name));
           },
       .run = bind_run(this, &ProvisionedOps::list),
       .effect = Effect::kReadOnly});
}

PutProvisionedConcurrencyConfigOutput ProvisionedOps::put(const Request& request,
                                                          const PutProvisionedConcurrencyConfigInput& in) {
  const FunctionRef ref = parse_function(request, in.function_name, in.qualifier);
  if (ref.qualifier == kLatest)
    refuse<Invalid>("Provisioned Concurrency Configs cannot be applied to unpublished function versions.");
  const ProvisionedConfig config{.requested = in.provisioned_concurrent_executions,
                                 .revision = core_.random.uuid(),
                                 .modified_at = request.now};
  const ProvisionedPlan plan = core_.db.write(keys::functions_scope(ref.place), [&](store::Tx& tx) {
    require_target(tx, ref);
    const auto before = find_provisioned(tx, ref, ref.qualifier);
    require_capacity(tx, ref, core_, {config.requested, before ? before->requested : 0});
    tx.put(keys::provisioned(ref, ref.qualifier), encode(config));
    FunctionRef function = ref;
    function.qualifier.clear();
    tx.put(keys::provisioned_function(ref), encode_owner(function));
    settle_provisioned(tx, core_, ref, request.now);
    return plan_provisioned(tx, ref);
  });
  return describe<PutProvisionedConcurrencyConfigOutput>(progress_of(core_, ref, plan, ref.qualifier),
                                                         config);
}

GetProvisionedConcurrencyConfigOutput ProvisionedOps::get(const Request& request,
                                                          const GetProvisionedConcurrencyConfigInput& in) {
  const FunctionRef ref = target_of(request, in);
  return core_.db.read([&](store::ReadTx& tx) {
    require_qualifier(tx, ref);
    const auto config = find_provisioned(tx, ref, ref.qualifier);
    if (!config) {
      refuse<ProvisionedConcurrencyConfigNotFoundException>(
          "No Provisioned Concurrency Config found for this function");
    }
    return describe<GetProvisionedConcurrencyConfigOutput>(
        progress_of(core_, ref, plan_provisioned(tx, ref), ref.qualifier), *config);
  });
}

DeleteProvisionedConcurrencyConfigOutput ProvisionedOps::remove(
    const Request& request, const DeleteProvisionedConcurrencyConfigInput& in) {
  const FunctionRef ref = target_of(request, in);
  core_.db.write(keys::functions_scope(ref.place), [&](store::Tx& tx) {
    require_qualifier(tx, ref);
    tx.del(keys::provisioned(ref, ref.qualifier));
    settle_provisioned(tx, core_, ref, request.now);
  });
  return {};
}

ListProvisionedConcurrencyConfigsOutput ProvisionedOps::list(
    const Request& request, const ListProvisionedConcurrencyConfigsInput& in) {
  const FunctionRef ref = parse_function(request, in.function_name);
  return core_.db.read([&](store::ReadTx& tx) {
    require_function(tx, ref);
    const Page page = read_page(tx, keys::functions_scope(ref.place).shard, keys::provisioned_of(ref),
                                {request, in.marker, in.max_items}, kKeepAll);
    const ProvisionedPlan plan = plan_provisioned(tx, ref);
    ListProvisionedConcurrencyConfigsOutput out;
    out.next_marker = page.next_marker;
    out.provisioned_concurrency_configs.emplace();
    for (const store::Entry& row : page.rows) {
      const std::string qualifier = keys::text_at(row.key, 1);
      auto item = describe<ProvisionedConcurrencyConfigListItem>(progress_of(core_, ref, plan, qualifier),
                                                                 provisioned_from(row.value));
      item.function_arn = ref.arn_with(qualifier);
      out.provisioned_concurrency_configs->push_back(std::move(item));
    }
    return out;
  });
}

}  // namespace haneul::lambda
