#include "services/lambda/ops/event_config_ops.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "aws/arn.h"
#include "gen/lambda/errors.h"
#include "services/lambda/destinations.h"
#include "services/lambda/pages.h"

namespace haneul::lambda {

using platform::bind_run;
using platform::Effect;

namespace {

enum class Outcome { kSuccess, kFailure };

FunctionEventInvokeConfig describe_config(const FunctionRef& ref, std::string_view qualifier,
                                          const EventConfig& config) {
  FunctionEventInvokeConfig out;
  out.last_modified = config.modified_at;
  out.function_arn = ref.arn_with(qualifier.empty() ? kLatest : qualifier);
  if (config.retries_max) out.maximum_retry_attempts = static_cast<int32_t>(*config.retries_max);
  if (config.age_seconds_max)
    out.maximum_event_age_in_seconds = static_cast<int32_t>(*config.age_seconds_max);
  out.destination_config.emplace();
  out.destination_config->on_success.emplace();
  out.destination_config->on_failure.emplace();
  if (!config.on_success.empty()) out.destination_config->on_success->destination = config.on_success;
  if (!config.on_failure.empty()) out.destination_config->on_failure->destination = config.on_failure;
  return out;
}

// As AWS writes the configuration that it does not take.
std::string side_text(std::string_view name, const MaybeText& destination) {
  return destination ? fmt::format("{}(destination={})", name, *destination) : "null";
}

MaybeText destination_of(const auto& side) { return side ? side->destination : MaybeText(); }

[[noreturn]] void refuse_destinations(const DestinationConfig& given) {
  refuse<InvalidParameterValueException>(
      fmt::format("The provided destination config DestinationConfig(onSuccess={}, onFailure={}) is invalid.",
                  side_text("OnSuccess", destination_of(given.on_success)),
                  side_text("OnFailure", destination_of(given.on_failure))));
}

// Each is of a service that events can be sent to on AWS.
void require_targets(const DestinationConfig& given) {
  constexpr std::array<std::string_view, 5> kServices = {"lambda", "s3", "sqs", "sns", "events"};
  for (const MaybeText& each : {destination_of(given.on_success), destination_of(given.on_failure)}) {
    if (!each || each->empty()) continue;
    const auto arn = aws::parse_arn(*each);
    if (!arn || std::ranges::find(kServices, arn->service) == kServices.end()) refuse_destinations(given);
  }
}

// What went well goes to functions only.
void require_destination(const platform::Request& request, store::Reader& tx, const FunctionRef& source,
                         const std::string& destination, Outcome of) {
  if (destination.empty()) return;
  if (destination_kind(destination) == Destination::kBucket) {
    if (of == Outcome::kFailure) return;
    refuse<InvalidParameterValueException>(fmt::format(
        "The destination ARN {} is invalid: a bucket is a destination on failure only.", destination));
  }
  const FunctionRef target = parse_function(request, destination);
  if (target.arn() == source.arn()) {
    refuse<InvalidParameterValueException>("You can't specify the function as a destination for itself.");
  }
  if (!find_function(tx, target))
    refuse<InvalidParameterValueException>(fmt::format("The destination ARN {} is invalid.", destination));
}

template <class In>
void require_setting(const In& in) {
  if (in.maximum_retry_attempts || in.maximum_event_age_in_seconds || in.destination_config) return;
  refuse<InvalidParameterValueException>(
      "You must specify at least one of error handling or destination setting.");
}

[[noreturn]] void refuse_missing() { refuse<ResourceNotFoundException>("The function doesn't exist."); }

void require_owner(store::Reader& tx, const FunctionRef& ref) {
  const std::string qualifier = stored_qualifier(ref);
  const bool is_there = find_function(tx, ref) && (qualifier.empty() || find_version(tx, ref, qualifier) ||
                                                   find_alias(tx, ref, qualifier));
  if (!is_there) refuse_missing();
}

template <class In>
void apply_config(const platform::Request& request, store::Reader& tx, EventConfig& config, const In& in) {
  const FunctionRef ref = parse_function(request, in.function_name, in.qualifier);
  if (const auto function = find_function(tx, ref); function && function->latest.durable) {
    throw model::NotImplemented(
        "Event invoke configurations of durable functions are not supported: an execution is tried again "
        "until its "
        "timeout.");
  }
  if (in.maximum_retry_attempts) config.retries_max = *in.maximum_retry_attempts;
  if (in.maximum_event_age_in_seconds) config.age_seconds_max = *in.maximum_event_age_in_seconds;
  config.modified_at = request.now;
  if (!in.destination_config) return;
  require_targets(*in.destination_config);
  config.on_success = destination_of(in.destination_config->on_success).value_or("");
  config.on_failure = destination_of(in.destination_config->on_failure).value_or("");
  require_destination(request, tx, ref, config.on_success, Outcome::kSuccess);
  require_destination(request, tx, ref, config.on_failure, Outcome::kFailure);
}

EventConfig require_config(store::Reader& tx, const FunctionRef& ref) {
  const auto bytes = tx.get(keys::event_config(ref, stored_qualifier(ref)));
  if (!bytes) {
    refuse<ResourceNotFoundException>(
        fmt::format("The function {} doesn't have an EventInvokeConfig",
                    ref.arn_with(ref.qualifier.empty() ? kLatest : std::string_view(ref.qualifier))));
  }
  return event_config_from(*bytes);
}

template <class In>
auto on_function(const Core& core, const char* action) {
  return [&core, action](const platform::Request& request, const In& in) {
    return core.function_check(action, parse_function(request, in.function_name, in.qualifier));
  };
}

}  // namespace

void EventConfigOps::register_operations(platform::OperationTable& table) {
  table.add<op::PutFunctionEventInvokeConfig>(
      {.access = on_function<PutFunctionEventInvokeConfigInput>(core_, "lambda:PutFunctionEventInvokeConfig"),
       .run = bind_run(this, &EventConfigOps::put)});
  table.add<op::UpdateFunctionEventInvokeConfig>({.access = on_function<UpdateFunctionEventInvokeConfigInput>(
                                                      core_, "lambda:UpdateFunctionEventInvokeConfig"),
                                                  .run = bind_run(this, &EventConfigOps::update)});
  table.add<op::GetFunctionEventInvokeConfig>(
      {.access = on_function<GetFunctionEventInvokeConfigInput>(core_, "lambda:GetFunctionEventInvokeConfig"),
       .run = bind_run(this, &EventConfigOps::get),
       .effect = Effect::kReadOnly});
  table.add<op::DeleteFunctionEventInvokeConfig>({.access = on_function<DeleteFunctionEventInvokeConfigInput>(
                                                      core_, "lambda:DeleteFunctionEventInvokeConfig"),
                                                  .run = bind_run(this, &EventConfigOps::remove)});
  table.add<op::ListFunctionEventInvokeConfigs>(
      {.access =
           [this](const Request& request, const ListFunctionEventInvokeConfigsInput& in) {
             return core_.function_check("lambda:ListFunctionEventInvokeConfigs",
                                         parse_function(request, in.function_name));
           },
       .run = bind_run(this, &EventConfigOps::list),
       .effect = Effect::kReadOnly});
}

PutFunctionEventInvokeConfigOutput EventConfigOps::put(const Request& request,
                                                       const PutFunctionEventInvokeConfigInput& in) {
  require_setting(in);
  const FunctionRef ref = parse_function(request, in.function_name, in.qualifier);
  return core_.db.write(keys::functions_scope(ref.place), [&](store::Tx& tx) {
    require_owner(tx, ref);
    EventConfig config;
    apply_config(request, tx, config, in);
    tx.put(keys::event_config(ref, stored_qualifier(ref)), encode(config));
    return describe_config(ref, ref.qualifier, config);
  });
}

UpdateFunctionEventInvokeConfigOutput EventConfigOps::update(const Request& request,
                                                             const UpdateFunctionEventInvokeConfigInput& in) {
  require_setting(in);
  const FunctionRef ref = parse_function(request, in.function_name, in.qualifier);
  return core_.db.write(keys::functions_scope(ref.place), [&](store::Tx& tx) {
    require_owner(tx, ref);
    EventConfig config = require_config(tx, ref);
    apply_config(request, tx, config, in);
    tx.put(keys::event_config(ref, stored_qualifier(ref)), encode(config));
    return describe_config(ref, ref.qualifier, config);
  });
}

GetFunctionEventInvokeConfigOutput EventConfigOps::get(const Request& request,
                                                       const GetFunctionEventInvokeConfigInput& in) {
  const FunctionRef ref = parse_function(request, in.function_name, in.qualifier);
  return core_.db.read(
      [&](store::ReadTx& tx) { return describe_config(ref, ref.qualifier, require_config(tx, ref)); });
}

DeleteFunctionEventInvokeConfigOutput EventConfigOps::remove(const Request& request,
                                                             const DeleteFunctionEventInvokeConfigInput& in) {
  const FunctionRef ref = parse_function(request, in.function_name, in.qualifier);
  core_.db.write(keys::functions_scope(ref.place), [&](store::Tx& tx) {
    require_config(tx, ref);
    tx.del(keys::event_config(ref, stored_qualifier(ref)));
  });
  return {};
}

ListFunctionEventInvokeConfigsOutput EventConfigOps::list(const Request& request,
                                                          const ListFunctionEventInvokeConfigsInput& in) {
  const FunctionRef ref = parse_function(request, in.function_name);
  return core_.db.read([&](store::ReadTx& tx) {
    if (!find_function(tx, ref)) refuse_missing();
    const Page page = read_page(tx, keys::functions_scope(ref.place).shard, keys::event_configs(ref),
                                {request, in.marker, in.max_items}, kKeepAll);
    ListFunctionEventInvokeConfigsOutput out;
    out.next_marker = page.next_marker;
    out.function_event_invoke_configs.emplace();
    for (const store::Entry& row : page.rows) {
      out.function_event_invoke_configs->push_back(
          describe_config(ref, keys::text_at(row.key, 1), event_config_from(row.value)));
    }
    return out;
  });
}

}  // namespace haneul::lambda
