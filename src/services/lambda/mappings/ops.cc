#include "services/lambda/mappings/ops.h"

#include <fmt/format.h>

#include "aws/arn.h"
#include "base/text.h"
#include "gen/lambda/errors.h"
#include "services/lambda/durable/engine.h"
#include "services/lambda/lookup.h"
#include "services/lambda/mappings/settings.h"
#include "services/lambda/pages.h"

namespace haneul::lambda {

using platform::AccessCheck;
using platform::AccessChecks;
using platform::bind_run;
using platform::Effect;
using platform::Request;

namespace {

constexpr const char* kFunctionKey = "lambda:FunctionArn";
constexpr std::string_view kArnType = "event-source-mapping:";

void refuse_duplicate(const MappingRecord& mapping, const std::string& known_uuid) {
  const std::string format = mapping.kind() == SourceKind::kQueue
                                 ? "An event source mapping with SQS arn (\" {} \") and function (\" {} \") "
                                   "already exists."
                                 : "The event source arn (\" {} \") and function (\" {} \") provided mapping "
                                   "already exists.";
  refuse<ResourceConflictException>(
      fmt::format(fmt::runtime(format + " Please update or delete the existing mapping with UUID {}"),
                  mapping.source_arn, mapping.function.name, known_uuid));
}

void require_new(store::Reader& tx, const MappingRecord& mapping) {
  const Place& place = mapping.function.place;
  for (const store::Entry& row : tx.scan(keys::functions_scope(place).shard, keys::mappings(place))) {
    const MappingRecord known = mapping_from(row.value);
    if (known.source_arn == mapping.source_arn && known.uuid != mapping.uuid &&
        known.function.qualified_arn() == mapping.function.qualified_arn())
      refuse_duplicate(mapping, known.uuid);
  }
}

void require_function_there(store::Reader& tx, const FunctionRef& ref) {
  const bool is_there =
      find_function(tx, ref) && (stored_qualifier(ref).empty() || find_alias(tx, ref, ref.qualifier) ||
                                 find_version(tx, ref, ref.qualifier));
  if (!is_there) refuse<InvalidParameterValueException>("Function does not exist");
  // A poller waits for what it invokes.
  const Settings settings = require_version(tx, ref);
  if (settings.durable) require_durable_call({.ref = ref, .settings = settings}, CallerWaits::kYes);
}

void require_at_rest(const MappingRecord& mapping, std::string_view what) {
  if (mapping.state == "Enabled" || mapping.state == "Disabled") return;
  refuse<ResourceInUseException>(
      fmt::format("Cannot {} the event source mapping because it is in use.", what));
}

EventSourceMappingConfiguration describe_read(store::Reader& tx, const MappingRecord& mapping) {
  return describe(mapping, last_result(tx, mapping));
}

std::string next_state(const MappingRecord& before, const MappingRecord& after) {
  if (before.wanted == after.wanted) return "Updating";
  return after.wanted == MappingRecord::Wanted::kEnabled ? "Enabling" : "Disabling";
}

AccessChecks create_check(const Request& request, const CreateEventSourceMappingInput& in) {
  AccessCheck out{.action = "lambda:CreateEventSourceMapping", .resource = "*"};
  out.context[kFunctionKey] = {parse_function(request, in.function_name).qualified_arn()};
  for (const auto& [key, value] : in.tags.value_or(TextMap{})) {
    out.context["aws:RequestTag/" + key] = {value};
    out.context["aws:TagKeys"].push_back(key);
  }
  return {out};
}

}  // namespace

MappingRecord require_mapping(store::Reader& tx, const Request& request, std::string_view uuid) {
  auto found = find_mapping(tx, place_of(request), uuid);
  if (!found) refuse<ResourceNotFoundException>("The resource you requested does not exist.");
  return *std::move(found);
}

std::optional<std::string> mapping_uuid_of(const Request& request, const std::string& text) {
  const auto arn = aws::parse_arn(text);
  if (!arn || arn->service != "lambda" || !arn->resource.starts_with(kArnType)) return std::nullopt;
  if (arn->account != request.account.str() || arn->region != request.region.str())
    refuse<ResourceNotFoundException>("The resource you requested does not exist.");
  return arn->resource.substr(kArnType.size());
}

AccessChecks mapping_check(const Core& core, const Request& request, std::string action,
                           const std::string& uuid) {
  AccessCheck out{.action = std::move(action),
                  .resource = aws::make_arn("lambda", request.region.str(), request.account.str(),
                                            std::string(kArnType) + uuid)};
  core.db.read([&](store::ReadTx& tx) {
    const auto mapping = find_mapping(tx, place_of(request), uuid);
    if (!mapping) return;
    out.context[kFunctionKey] = {mapping->function.qualified_arn()};
    for (const auto& [key, value] : mapping->tags) out.context["aws:ResourceTag/" + key] = {value};
  });
  return {out};
}

void MappingOps::register_operations(platform::OperationTable& table) {
  table.add<op::CreateEventSourceMapping>(
      {.access = create_check, .run = bind_run(this, &MappingOps::create)});
  table.add<op::GetEventSourceMapping>(
      {.access =
           [this](const Request& request, const GetEventSourceMappingInput& in) {
             return mapping_check(core_, request, "lambda:GetEventSourceMapping", in.uuid);
           },
       .run = bind_run(this, &MappingOps::get),
       .effect = Effect::kReadOnly});
  table.add<op::UpdateEventSourceMapping>(
      {.access =
           [this](const Request& request, const UpdateEventSourceMappingInput& in) {
             AccessChecks out = mapping_check(core_, request, "lambda:UpdateEventSourceMapping", in.uuid);
             if (!in.function_name) return out;
             // The function it is taken from and the one it is given to.
             out.push_back(out.front());
             out.back().context[kFunctionKey] = {parse_function(request, *in.function_name).qualified_arn()};
             return out;
           },
       .run = bind_run(this, &MappingOps::update)});
  table.add<op::DeleteEventSourceMapping>(
      {.access =
           [this](const Request& request, const DeleteEventSourceMappingInput& in) {
             return mapping_check(core_, request, "lambda:DeleteEventSourceMapping", in.uuid);
           },
       .run = bind_run(this, &MappingOps::remove)});
  table.add<op::ListEventSourceMappings>({.access =
                                              [](const Request&, const ListEventSourceMappingsInput&) {
                                                return platform::check("lambda:ListEventSourceMappings", "*");
                                              },
                                          .run = bind_run(this, &MappingOps::list),
                                          .effect = Effect::kReadOnly});
}

CreateEventSourceMappingOutput MappingOps::create(const Request& request,
                                                  const CreateEventSourceMappingInput& in) {
  require_supported(in);
  MappingRecord mapping = make_mapping(request, in);
  apply(mapping, change_of(in));
  mapping.uuid = core_.random.uuid();
  core_.db.read([&](store::ReadTx& tx) {
    require_function_there(tx, mapping.function);
    require_destination(request, tx, mapping);
  });
  require_readable(core_, mappings_.sources(), mapping);
  core_.db.write(keys::functions_scope(mapping.function.place), [&](store::Tx& tx) {
    require_function_there(tx, mapping.function);
    require_new(tx, mapping);
    put_mapping(tx, mapping);
    mappings_.changed(tx, mapping);
  });
  return describe(mapping, "");
}

GetEventSourceMappingOutput MappingOps::get(const Request& request, const GetEventSourceMappingInput& in) {
  return core_.db.read(
      [&](store::ReadTx& tx) { return describe_read(tx, require_mapping(tx, request, in.uuid)); });
}

UpdateEventSourceMappingOutput MappingOps::update(const Request& request,
                                                  const UpdateEventSourceMappingInput& in) {
  require_supported(in);
  const auto change = [&](const MappingRecord& before) {
    require_at_rest(before, "update");
    MappingRecord after = before;
    if (in.function_name) after.function = parse_function(request, *in.function_name);
    apply(after, change_of(in));
    after.generation += 1;
    after.modified_at = request.now;
    after.state = next_state(before, after);
    return after;
  };
  const MappingRecord planned = core_.db.read([&](store::ReadTx& tx) {
    MappingRecord after = change(require_mapping(tx, request, in.uuid));
    require_function_there(tx, after.function);
    require_destination(request, tx, after);
    return after;
  });
  if (planned.wanted == MappingRecord::Wanted::kEnabled)
    require_readable(core_, mappings_.sources(), planned);
  return core_.db.write(keys::functions_scope(planned.function.place), [&](store::Tx& tx) {
    const MappingRecord after = change(require_mapping(tx, request, in.uuid));
    require_function_there(tx, after.function);
    require_new(tx, after);
    put_mapping(tx, after);
    mappings_.changed(tx, after);
    return describe_read(tx, after);
  });
}

DeleteEventSourceMappingOutput MappingOps::remove(const Request& request,
                                                  const DeleteEventSourceMappingInput& in) {
  return core_.db.write(keys::functions_scope(place_of(request)), [&](store::Tx& tx) {
    MappingRecord mapping = require_mapping(tx, request, in.uuid);
    require_at_rest(mapping, "delete");
    mapping.state = "Deleting";
    mapping.wanted = MappingRecord::Wanted::kGone;
    mapping.generation += 1;
    mapping.modified_at = request.now;
    put_mapping(tx, mapping);
    mappings_.changed(tx, mapping);
    return describe_read(tx, mapping);
  });
}

ListEventSourceMappingsOutput MappingOps::list(const Request& request,
                                               const ListEventSourceMappingsInput& in) {
  const Place place = place_of(request);
  std::string function;
  if (in.function_name) function = parse_function(request, *in.function_name).qualified_arn();
  return core_.db.read([&](store::ReadTx& tx) {
    const Page page =
        read_page(tx, keys::functions_scope(place).shard, keys::mappings(place),
                  {request, in.marker, in.max_items}, [&](std::string_view, std::string_view value) {
                    const MappingRecord each = mapping_from(value);
                    if (in.event_source_arn && each.source_arn != *in.event_source_arn) return false;
                    return function.empty() || each.function.qualified_arn() == function;
                  });
    ListEventSourceMappingsOutput out;
    out.next_marker = page.next_marker;
    out.event_source_mappings.emplace();
    for (const store::Entry& row : page.rows)
      out.event_source_mappings->push_back(describe_read(tx, mapping_from(row.value)));
    return out;
  });
}

}  // namespace haneul::lambda
