// DescribeStacks, ListStacks and DescribeStackEvents.

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "services/cloudformation/limits.h"
#include "services/cloudformation/ops/common.h"
#include "services/cloudformation/service.h"
#include "services/cloudformation/template/text.h"
#include "store/record.h"

namespace haneul::cloudformation {

namespace {

std::vector<Output> shown_outputs(const StackRecord& stack) {
  std::vector<Output> out;
  for (const Document& output : stack.outputs.as_array()) {
    out.push_back({.output_key = output.string_or("OutputKey", ""),
                   .output_value = output.string_or("OutputValue", ""),
                   .description = text_or_nothing(output.string_or("Description", "")),
                   .export_name = text_or_nothing(output.string_or("ExportName", ""))});
  }
  return out;
}

Stack shown(const StackRecord& stack, const Spec& spec) {
  Stack out;
  out.stack_id = stack.id;
  out.stack_name = stack.name;
  out.change_set_id = text_or_nothing(stack.change_set_id);
  out.description = text_or_nothing(spec.description);
  out.parameters = list_or_nothing(shown_parameters(spec));
  out.creation_time = stack.created_at;
  out.deletion_time = stack.deleted_at;
  out.last_updated_time = stack.updated_at;
  out.rollback_configuration = RollbackConfiguration{};
  out.stack_status = stack.status;
  out.stack_status_reason = text_or_nothing(stack.status_reason);
  out.disable_rollback = stack.on_failure == StackRecord::OnFailure::kDoNothing;
  out.notification_arns = std::vector<std::string>{};
  if (stack.timeout_minutes > 0) out.timeout_in_minutes = static_cast<int32_t>(stack.timeout_minutes);
  out.capabilities = list_or_nothing(spec.capabilities);
  out.outputs = list_or_nothing(shown_outputs(stack));
  out.role_arn = text_or_nothing(stack.role_arn);
  out.tags = shown_tags(spec);
  out.enable_termination_protection = stack.is_protected;
  out.drift_information = StackDriftInformation{.stack_drift_status = "NOT_CHECKED"};
  return out;
}

// Newest first, as both lists are shown.
void sort_newest_first(std::vector<StackRecord>& stacks) {
  std::ranges::sort(stacks, [](const StackRecord& a, const StackRecord& b) {
    return std::tie(b.created_at, b.uuid) < std::tie(a.created_at, a.uuid);
  });
}

// The part of a list that the token's page holds; `next` is set when there is more.
std::vector<StackRecord> page_of(std::vector<StackRecord> stacks, const std::string& after,
                                 std::string& next) {
  sort_newest_first(stacks);
  if (!after.empty()) {
    const auto at = std::ranges::find(stacks, after, &StackRecord::uuid);
    if (at != stacks.end()) stacks.erase(stacks.begin(), at + 1);
  }
  if (stacks.size() > kStacksPage) {
    stacks.resize(kStacksPage);
    next = stacks.back().uuid;
  }
  return stacks;
}

}  // namespace

DescribeStacksOutput CloudFormation::describe_stacks(const Request& request,
                                                     const DescribeStacksInput& input) {
  const Place place = place_of(request);
  const std::string after = page_start(request, input.next_token);
  return parts_.db.read([&](store::ReadTx& tx) {
    DescribeStacksOutput output;
    output.stacks.emplace();
    const auto show = [&](const StackRecord& stack) {
      output.stacks->push_back(shown(stack, load_spec(tx, place, stack.uuid).value_or(Spec{})));
    };
    if (input.stack_name) {
      show(require_stack(tx, place, *input.stack_name));
      return output;
    }
    std::vector<StackRecord> stacks = load_stacks(tx, place);
    std::erase_if(stacks, [](const StackRecord& stack) { return stack.deleted_at.has_value(); });
    std::string next;
    for (const StackRecord& stack : page_of(std::move(stacks), after, next)) show(stack);
    if (!next.empty()) output.next_token = page_token(request, next);
    return output;
  });
}

ListStacksOutput CloudFormation::list_stacks(const Request& request, const ListStacksInput& input) {
  const Place place = place_of(request);
  const std::string after = page_start(request, input.next_token);
  return parts_.db.read([&](store::ReadTx& tx) {
    std::vector<StackRecord> stacks = load_stacks(tx, place);
    if (input.stack_status_filter && !input.stack_status_filter->empty()) {
      std::erase_if(stacks, [&](const StackRecord& stack) {
        return std::ranges::find(*input.stack_status_filter, stack.status) ==
               input.stack_status_filter->end();
      });
    }
    ListStacksOutput output;
    output.stack_summaries.emplace();
    std::string next;
    for (const StackRecord& stack : page_of(std::move(stacks), after, next)) {
      const Spec spec = load_spec(tx, place, stack.uuid).value_or(Spec{});
      StackSummary summary;
      summary.stack_id = stack.id;
      summary.stack_name = stack.name;
      summary.template_description = text_or_nothing(spec.description);
      summary.creation_time = stack.created_at;
      summary.last_updated_time = stack.updated_at;
      summary.deletion_time = stack.deleted_at;
      summary.stack_status = stack.status;
      summary.stack_status_reason = text_or_nothing(stack.status_reason);
      summary.drift_information = StackDriftInformationSummary{.stack_drift_status = "NOT_CHECKED"};
      output.stack_summaries->push_back(std::move(summary));
    }
    if (!next.empty()) output.next_token = page_token(request, next);
    return output;
  });
}

DescribeStackEventsOutput CloudFormation::describe_stack_events(const Request& request,
                                                                const DescribeStackEventsInput& input) {
  if (!input.stack_name) fail_template("Stack name cannot be null.");
  const Place place = place_of(request);
  const std::string after = page_start(request, input.next_token);
  return parts_.db.read([&](store::ReadTx& tx) {
    const StackRecord stack = require_stack_to_change(tx, place, *input.stack_name);
    store::KeyRange range = event_range(place, stack.uuid);
    if (!after.empty()) range.from = after;
    DescribeStackEventsOutput output;
    output.stack_events.emplace();
    for (const store::Entry& row : tx.scan(place.scope().shard, range, {.limit = kEventsPage + 1})) {
      if (output.stack_events->size() == kEventsPage) {
        output.next_token = page_token(request, row.key);
        break;
      }
      const Event event = event_from(store::decode_record(row.value));
      StackEvent shape;
      shape.stack_id = stack.id;
      shape.stack_name = stack.name;
      shape.event_id = event.id;
      shape.logical_resource_id = event.logical_id;
      shape.physical_resource_id = event.physical_id;
      shape.resource_type = event.type;
      shape.timestamp = event.at;
      shape.resource_status = event.status;
      shape.resource_status_reason = text_or_nothing(event.reason);
      shape.resource_properties = text_or_nothing(event.properties);
      shape.client_request_token = text_or_nothing(event.token);
      output.stack_events->push_back(std::move(shape));
    }
    return output;
  });
}

}  // namespace haneul::cloudformation
