#include "services/lambda/ops/account_ops.h"

#include <fmt/format.h>

#include "aws/arn.h"
#include "gen/lambda/errors.h"
#include "services/lambda/mappings/ops.h"
#include "services/lambda/provisioned.h"
#include "services/lambda/settings.h"
#include "services/lambda/versions.h"
#include "store/record.h"

namespace haneul::lambda {

using platform::bind_run;
using platform::Effect;

namespace {

using Invalid = InvalidParameterValueException;

template <class In>
auto on_function(const Core& core, const char* action) {
  return [&core, action](const platform::Request& request, const In& in) {
    return core.function_check(action, parse_function(request, in.function_name));
  };
}

// Tags belong to functions; a version or an alias has none of its own.
FunctionRef tagged_function(const platform::Request& request, const std::string& resource) {
  const auto arn = aws::parse_arn(resource);
  if (!arn || arn->service != "lambda" || arn->resource_type() != "function")
    refuse<Invalid>(fmt::format(
        "Tags on resource {} are not supported: functions and event source mappings carry tags.", resource));
  const FunctionRef ref = parse_function(request, resource);
  if (!ref.qualifier.empty())
    refuse<Invalid>(
        "Tags on function aliases and versions are not supported. Please specify a function ARN.");
  return ref;
}

}  // namespace

void AccountOps::register_operations(platform::OperationTable& table) {
  table.add<op::PutFunctionConcurrency>(
      {.access = on_function<PutFunctionConcurrencyInput>(core_, "lambda:PutFunctionConcurrency"),
       .run = bind_run(this, &AccountOps::put_concurrency)});
  table.add<op::GetFunctionConcurrency>(
      {.access = on_function<GetFunctionConcurrencyInput>(core_, "lambda:GetFunctionConcurrency"),
       .run = bind_run(this, &AccountOps::get_concurrency),
       .effect = Effect::kReadOnly});
  table.add<op::DeleteFunctionConcurrency>(
      {.access = on_function<DeleteFunctionConcurrencyInput>(core_, "lambda:DeleteFunctionConcurrency"),
       .run = bind_run(this, &AccountOps::delete_concurrency)});
  table.add<op::GetAccountSettings>({.access =
                                         [](const Request&, const GetAccountSettingsInput&) {
                                           return platform::check("lambda:GetAccountSettings", "*");
                                         },
                                     .run = bind_run(this, &AccountOps::settings),
                                     .effect = Effect::kReadOnly});
  register_tags(table);
}

void AccountOps::register_tags(platform::OperationTable& table) {
  table.add<op::TagResource>({.access =
                                  [this](const Request& request, const TagResourceInput& in) {
                                    auto checks = tag_check("lambda:TagResource", request, in.resource);
                                    for (const auto& [key, value] : in.tags) {
                                      checks.front().context["aws:RequestTag/" + key] = {value};
                                      checks.front().context["aws:TagKeys"].push_back(key);
                                    }
                                    return checks;
                                  },
                              .run = bind_run(this, &AccountOps::tag)});
  table.add<op::UntagResource>({.access =
                                    [this](const Request& request, const UntagResourceInput& in) {
                                      auto checks = tag_check("lambda:UntagResource", request, in.resource);
                                      checks.front().context["aws:TagKeys"] = in.tag_keys;
                                      return checks;
                                    },
                                .run = bind_run(this, &AccountOps::untag)});
  table.add<op::ListTags>({.access =
                               [this](const Request& request, const ListTagsInput& in) {
                                 return tag_check("lambda:ListTags", request, in.resource);
                               },
                           .run = bind_run(this, &AccountOps::tags),
                           .effect = Effect::kReadOnly});
}

void AccountOps::reserve(const FunctionRef& ref, std::optional<int64_t> reserved, Timestamp now) {
  if (!ref.qualifier.empty())
    refuse<Invalid>(
        "This operation is permitted on Lambda functions only. Aliases and versions do not support this "
        "operation. Please specify either a function name or an unqualified function ARN.");
  core_.db.write(keys::functions_scope(ref.place), [&](store::Tx& tx) {
    auto known = find_function(tx, ref);
    if (!known) refuse<ResourceNotFoundException>("Function not found: " + ref.arn_with(kLatest));
    FunctionRecord function = *std::move(known);
    const int64_t total =
        reserved_total(tx, ref.place) - function.reserved.value_or(0) + reserved.value_or(0);
    const int64_t provisioned = provisioned_total(tx, ref);
    if (reserved && *reserved < provisioned) {
      refuse<Invalid>(
          fmt::format("ReservedConcurrentExecutions {} should not be lower than function's total provisioned "
                      "concurrency [{}].",
                      *reserved, provisioned));
    }
    function.reserved = reserved;
    tx.put(keys::function(ref.place, ref.name), encode(function));
    const int64_t taken = total + account_provisioned_total(tx, ref.place);
    if (reserved && int64_t{core_.account_concurrency} - taken < int64_t{kUnreservedConcurrencyMin}) {
      refuse<Invalid>(
          fmt::format("Specified ReservedConcurrentExecutions for function decreases account's "
                      "UnreservedConcurrentExecution below its minimum value of [{}].",
                      kUnreservedConcurrencyMin));
    }
    tx.put(keys::reserved_total(ref.place), store::encode_record(total));
    settle_provisioned(tx, core_, ref, now);
  });
}

PutFunctionConcurrencyOutput AccountOps::put_concurrency(const Request& request,
                                                         const PutFunctionConcurrencyInput& in) {
  reserve(parse_function(request, in.function_name), in.reserved_concurrent_executions, request.now);
  PutFunctionConcurrencyOutput out;
  out.reserved_concurrent_executions = in.reserved_concurrent_executions;
  return out;
}

GetFunctionConcurrencyOutput AccountOps::get_concurrency(const Request& request,
                                                         const GetFunctionConcurrencyInput& in) {
  const FunctionRef ref = parse_function(request, in.function_name);
  return core_.db.read([&](store::ReadTx& tx) {
    GetFunctionConcurrencyOutput out;
    if (const auto reserved = require_function(tx, ref).reserved)
      out.reserved_concurrent_executions = static_cast<int32_t>(*reserved);
    return out;
  });
}

DeleteFunctionConcurrencyOutput AccountOps::delete_concurrency(const Request& request,
                                                               const DeleteFunctionConcurrencyInput& in) {
  reserve(parse_function(request, in.function_name), std::nullopt, request.now);
  return {};
}

GetAccountSettingsOutput AccountOps::settings(const Request& request, const GetAccountSettingsInput&) {
  const Place place = place_of(request);
  return core_.db.read([&](store::ReadTx& tx) {
    GetAccountSettingsOutput out;
    AccountLimit limit;
    limit.total_code_size = static_cast<int64_t>(kStoredBytesMax);
    limit.code_size_unzipped = static_cast<int64_t>(kUnzippedBytesMax);
    limit.code_size_zipped = static_cast<int64_t>(kZippedBytesMax);
    limit.concurrent_executions = static_cast<int32_t>(core_.account_concurrency);
    limit.unreserved_concurrent_executions =
        static_cast<int32_t>(int64_t{core_.account_concurrency} - reserved_total(tx, place) -
                             account_provisioned_total(tx, place));
    out.account_limit = limit;
    const auto functions =
        tx.scan(keys::functions_scope(place).shard, keys::functions(place), {.values = store::Values::kSkip});
    out.account_usage = AccountUsage{.total_code_size = stored_bytes(tx, place),
                                     .function_count = static_cast<int64_t>(functions.size())};
    return out;
  });
}

platform::AccessChecks AccountOps::tag_check(const char* action, const Request& request,
                                             const std::string& resource) const {
  if (const auto uuid = mapping_uuid_of(request, resource))
    return mapping_check(core_, request, action, *uuid);
  return core_.function_check(action, tagged_function(request, resource));
}

void AccountOps::change_tags(const Request& request, const std::string& resource,
                             const std::function<void(TextMap&)>& change) {
  const auto uuid = mapping_uuid_of(request, resource);
  const FunctionRef ref = uuid ? FunctionRef{.place = place_of(request), .name = {}, .qualifier = {}}
                               : tagged_function(request, resource);
  core_.db.write(keys::functions_scope(ref.place), [&](store::Tx& tx) {
    if (uuid) {
      MappingRecord mapping = require_mapping(tx, request, *uuid);
      change(mapping.tags);
      put_mapping(tx, mapping);
      return;
    }
    FunctionRecord function = require_function(tx, ref);
    change(function.tags);
    tx.put(keys::function(ref.place, ref.name), encode(function));
  });
}

TagResourceOutput AccountOps::tag(const Request& request, const TagResourceInput& in) {
  if (in.tags.empty()) refuse<Invalid>("An error occurred and the request cannot be processed.");
  change_tags(request, in.resource, [&](TextMap& tags) {
    for (const auto& [key, value] : in.tags) tags[key] = value;
    require_tags(tags);
  });
  return {};
}

UntagResourceOutput AccountOps::untag(const Request& request, const UntagResourceInput& in) {
  change_tags(request, in.resource, [&](TextMap& tags) {
    for (const std::string& key : in.tag_keys) tags.erase(key);
  });
  return {};
}

ListTagsOutput AccountOps::tags(const Request& request, const ListTagsInput& in) {
  if (const auto uuid = mapping_uuid_of(request, in.resource)) {
    return core_.db.read(
        [&](store::ReadTx& tx) { return ListTagsOutput{.tags = require_mapping(tx, request, *uuid).tags}; });
  }
  const FunctionRef ref = tagged_function(request, in.resource);
  return core_.db.read(
      [&](store::ReadTx& tx) { return ListTagsOutput{.tags = require_function(tx, ref).tags}; });
}

}  // namespace haneul::lambda
